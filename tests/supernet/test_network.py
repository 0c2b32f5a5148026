import pytest
import torch

from archgraph import CompileError
from archgraph.networks.blueprint import Blueprint, Layer
from archgraph.networks.macro_skeleton import hyper_of, network_of
from archgraph.networks.steps import RELU
from supernet.network import Network, join


def test_layers_without_a_way_to_the_output_are_not_effective():
    made = Blueprint((1, 4, 4))
    first = made.add("first", 0, RELU)
    made.add("dead", first, RELU)
    made.output = made.add("last", first, RELU)
    assert [made.layers[number].name for number in made.effective] == ["first", "last"]


def test_values_are_summed_concatenated_cut_and_mixed():
    values = [torch.full((1, 2, 1, 1), float(i)) for i in (1, 2)]
    assert join(Layer("sum", (0, 1)), values).flatten().tolist() == [3, 3]
    assert join(Layer("concat", (0, 1), join="concat"), values).flatten().tolist() == [1, 1, 2, 2]
    assert join(Layer("cut", (0, 1), cut=1), values).flatten().tolist() == [3]
    mixed = join(Layer("mixture", (0, 1), join="mixture"), values, torch.tensor([0.25, 0.75]))
    assert mixed.flatten().tolist() == [1.75, 1.75]


def test_the_seed_decides_the_weights(cells, skeleton):
    blueprint = network_of(skeleton, cells[:2])
    one, two, other = (Network(blueprint, seed).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


def test_weights_of_a_larger_network_are_taken_over_by_name(cells, skeleton):
    large = Network(hyper_of(skeleton, [cells[:3], cells[:3]]), 0)
    small = Network(large.blueprint.select({"row0": 1, "row1": 2}), 1)
    small.load_weights(large.state_dict())
    assert all(torch.equal(value, large.state_dict()[name]) for name, value in small.state_dict().items())
    with pytest.raises(CompileError, match="missing or of another shape"):
        small.load_weights({})
