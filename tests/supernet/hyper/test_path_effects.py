"""What paths tell of the sources of mixtures within mixtures, against all paths one by one."""

from itertools import product

import pytest
import torch
from torch.nn import functional as F

from archgraph.networks.open_network import network_of_choices
from archgraph.networks.skeleton import Skeleton
from archgraph.persistence.plain_yaml import parse_yaml
from archgraph.spaces.grammar.open_cells import open_cells
from archgraph.spaces.grammar.reading import grammar_of
from supernet.hyper.mixed import MixedNetwork
from supernet.hyper.sampled_effects import drawn_paths, path_effects

CELLS = "{start: cell, nodes: 5, rules: {cell: [op, {residual: op}], op: [conv3x3-relu, maxpool3x3]}}"


@pytest.fixture
def network(small_digits):
    skeleton = Skeleton.fade(small_digits.shape, small_digits.classes, rows=1, width=4)
    made = MixedNetwork(network_of_choices(open_cells(grammar_of(parse_yaml(CELLS))), skeleton), seed=0).eval()
    with torch.no_grad():
        for alpha in made.alphas:
            alpha.copy_(torch.tensor([0.4, -0.4]))
    return made


def test_path_effects_are_what_a_source_does_for_the_paths_that_it_counts_for(network, small_digits):
    batch = small_digits.limit_train(64).train
    shares = [alpha.softmax(0).detach() for alpha in network.alphas]
    losses, weights = {}, {}
    for path in product(range(2), repeat=len(shares)):
        ones = [F.one_hot(torch.tensor(source), 2).float() for source in path]
        with torch.no_grad():
            losses[path] = float(F.cross_entropy(network(batch.images, ones), batch.labels))
        weights[path] = float(torch.stack([share[source] for share, source in zip(shares, path, strict=True)]).prod())
    generator = torch.Generator().manual_seed(0)
    sampled = [path_effects(network, batch, [generator], times=4) for _ in range(60)]
    for number, (name, row) in enumerate(zip(network.mixtures, zip(*sampled, strict=True), strict=True)):
        counting = [path for path in losses if name == "row0" or path[-1] == int(name == "row0_choice2")]
        means = []
        for source in range(2):
            own = [path for path in counting if path[number] == source]
            means.append(sum(weights[p] * losses[p] for p in own) / sum(weights[p] for p in own))
        overall = sum(weights[p] * losses[p] for p in counting) / sum(weights[p] for p in counting)
        expected = torch.tensor(means) - overall
        torch.testing.assert_close(torch.stack(row).mean(0), expected, atol=0.02, rtol=0.1)


def test_every_source_is_taken_as_often_as_its_weight_says():
    mixtures = [torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.9, 0.1])]
    paths = drawn_paths(mixtures, 100, torch.Generator().manual_seed(0))
    assert paths.shape == (100, 2)
    assert torch.bincount(paths[:, 0]).tolist() == [50, 30, 20]
    assert torch.bincount(paths[:, 1]).tolist() == [90, 10]
