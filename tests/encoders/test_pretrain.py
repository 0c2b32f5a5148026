import pytest
import torch

from archgraph import InputError, spaces
from encoders.decoder import decoder_for
from encoders.pretrain import PretrainConfig, pretrain


def test_graphs_come_back_from_their_embeddings(trained):
    assert trained.metrics["reconstruction"] > 0.9


def test_what_is_decoded_equals_what_was_encoded(members, trained):
    decoded = trained.decoder.decode(trained.encoder.encode(members))
    same = [graph == original for graph, original in zip(decoded, members, strict=True)]
    assert sum(same) / len(same) > 0.8  # held-out graphs are among them


def test_training_repeats_exactly_for_a_seed(members):
    def z(seed):
        return pretrain(members, PretrainConfig(epochs=2), seed).encoder.encode(members)

    assert torch.equal(z(1), z(1))
    assert not torch.equal(z(1), z(2))


def test_training_leaves_the_global_generator_alone(members):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    pretrain(members, PretrainConfig(epochs=1), 0)
    assert torch.equal(torch.rand(2), expected)


def test_too_few_graphs_are_refused(members):
    with pytest.raises(InputError, match="at least 10 graphs, but got 9"):
        pretrain(members[:9], PretrainConfig(), 0)


def test_a_decoder_refuses_graphs_that_it_cannot_write(members):
    decoder = decoder_for(spaces.get("dag:2").enumerate(), latent=4)
    with pytest.raises(InputError, match="up to 6 nodes"):
        decoder.targets(members)


def test_whatever_is_decoded_from_anywhere_is_an_architecture_or_nothing(trained):
    graphs = trained.decoder.decode(3 * torch.randn(200, 6, generator=torch.Generator().manual_seed(0)))
    assert any(graph is not None for graph in graphs)  # ArchGraph checks itself when it is built
