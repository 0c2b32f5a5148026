import copy

import pytest
import torch

from archgraph import spaces
from encoders.embedding.decoder import CodeDecoder
from encoders.embedding.encoder import ArchEncoder
from encoders.generation.decode import write

NAMES = ["nasbench101", "nasbench201", "darts", "dag:6", "macro", "transnas:macro", "dag:1-3x2"]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_point_is_given_a_member_comes_out(name):
    torch.manual_seed(0)
    space = spaces.get(name)
    encoder, decoder = ArchEncoder(latent=5, hidden=16).eval(), CodeDecoder(space.options, latent=5, hidden=16).eval()
    graphs = write(encoder, decoder, space, 5 * torch.randn(6, 5))
    assert all(graph in space for graph in graphs)


@pytest.fixture
def shaken(trained, space):
    """The decoder with noise on its last weights, so that it errs now and then."""
    decoder = copy.deepcopy(trained.decoders[space.name])
    last = decoder.body[-1].weight
    with torch.no_grad():
        last += 3 * last.std() * torch.randn(last.shape, generator=torch.Generator().manual_seed(0))
    return decoder


def test_a_decoder_that_errs_is_put_right_by_the_encoder(trained, shaken, space, members):
    points = trained.encoder.encode(members)
    wrong = (shaken.likeliest(points) != space.to_codes(members)).any(axis=1)
    assert 0 < wrong.sum() < 0.9 * len(members)
    written = write(trained.encoder, shaken, space, points[wrong][:60])
    right = sum(graph == own for graph, own in zip(written, members[wrong][:60], strict=True))
    assert right > 0.7 * len(written)


def test_where_no_proposal_is_right_changes_lead_to_the_graph(trained, space, members):
    torch.manual_seed(0)
    knows_nothing = CodeDecoder(space.options, trained.encoder.latent).eval()
    own = list(members[:8])
    points = trained.encoder.encode(members[:8])
    proposed = write(trained.encoder, knows_nothing, space, points, proposals=4)
    assert sum(graph == right for graph, right in zip(proposed, own, strict=True)) < 4
    written = write(trained.encoder, knows_nothing, space, points, proposals=4, changes=100)
    assert sum(graph == right for graph, right in zip(written, own, strict=True)) >= 7


def test_where_the_decoder_is_right_its_likeliest_code_stands(trained, space, members):
    decoder = trained.decoders[space.name]
    points = trained.encoder.encode(members)
    right = (decoder.likeliest(points) == space.to_codes(members)).all(axis=1)
    assert write(trained.encoder, decoder, space, points[right][:50]) == list(members[right][:50])
