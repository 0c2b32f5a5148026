"""Blueprints: layers and the paths of mixtures."""

import pytest
import torch

from archgraph import CompileError
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.steps import RELU, conv
from supernet.network import Network


def mixed():
    made = Blueprint((3, 8, 8))
    first = made.add("first", 0, conv(3, 4, 3))
    second = made.add("second", 0, conv(3, 4, 5))
    made.add("after", made.add("mix", [first, second], join="mixture"), RELU)
    return made


def test_a_path_of_a_mixture_keeps_what_it_needs():
    chosen = mixed().select({"mix": 1})
    assert [layer.name for layer in chosen.layers] == ["image", "second", "after"]
    whole = Network(mixed(), 0)
    alone = Network(chosen, 1)
    alone.load_weights(whole.state_dict())
    images = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(alone(images), whole(images, {"mix": torch.tensor([0.0, 1.0])}))


@pytest.mark.parametrize("choice", [{}, {"mix": 2}])
def test_a_path_needs_a_choice_for_every_mixture(choice):
    with pytest.raises(CompileError, match="mix: choose 0 to 1"):
        mixed().select(choice)


def test_layers_that_the_output_does_not_depend_on_are_pruned_and_not_effective():
    made = Blueprint((3, 8, 8))
    made.add("unread", 0, conv(3, 4))
    made.add("read", 0, conv(3, 5))
    assert made.effective == [2]
    assert [layer.name for layer in made.prune().layers] == ["image", "read"]
    assert made.cost.params == 27
    assert made.prune().cost.params == 15


def test_two_layers_of_one_name_are_refused():
    made = Blueprint((3, 2, 2))
    made.add("a", 0, RELU)
    with pytest.raises(CompileError, match="two layers are called a"):
        made.add("a", 0, RELU)
    assert repr(made) == "Blueprint(1 layers, 0 parameters, 0 multiply-adds)"


def test_depth_counts_what_has_weights_on_the_longest_path_to_the_output():
    made = Blueprint((3, 8, 8))
    first = made.add("first", 0, conv(3, 4, 3), RELU)
    second = made.add("second", first, RELU, conv(4, 4, 3), conv(4, 4, 1))
    made.add("unread", second, conv(4, 4, 3))
    made.add("sum", [first, second])
    assert made.depth == 3
    assert Blueprint((3, 8, 8)).depth == 0
