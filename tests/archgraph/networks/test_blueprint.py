import pytest
import torch

from archgraph import CompileError
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.steps import FLATTEN, GLOBAL_POOL, RELU, avg_pool, conv, linear, max_pool, norm
from supernet.network import Network


def mixed():
    made = Blueprint((3, 8, 8))
    first = made.add("first", 0, conv(3, 4, 3))
    second = made.add("second", 0, conv(3, 4, 5))
    made.add("after", made.add("mix", [first, second], join="mixture"), RELU)
    return made


def test_what_passes_on_one_value_is_no_layer():
    made = Blueprint((3, 8, 8))
    assert made.add("sum", 0) == 0
    assert len(made) == 0


@pytest.mark.parametrize(
    "step",
    [
        *(conv(4, 6, k, s, d) for k in (1, 3, 5) for s in (1, 2) for d in (1, 2)),
        *(
            pool(k, s, ceil)
            for pool in (max_pool, avg_pool)
            for k, s in ((2, 2), (3, 1), (3, 2))
            for ceil in (False, True)
        ),
        *(norm(4), RELU, GLOBAL_POOL, FLATTEN),
    ],
    ids=lambda step: step.code(),
)
@pytest.mark.parametrize("size", [(7, 9), (8, 8)])
def test_shapes_and_parameters_are_those_of_the_module(step, size):
    module = step.module()
    value = module(torch.zeros(2, 4, *size))
    shape = step.shape((4, *size))
    assert tuple(value.shape[1:]) == (shape if value.dim() == 4 else shape[:1])
    assert step.cost(shape).params == sum(p.numel() for p in module.parameters())


def test_a_step_written_as_code_is_the_same_module():
    from torch import nn  # noqa: F401  the code speaks of nn

    for step in (conv(4, 6, 3, 2), norm(4, affine=False), avg_pool(3), linear(4, 2)):
        assert repr(eval(step.code())) == repr(step.module())


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


def test_values_of_different_shapes_are_not_joined():
    made = Blueprint((3, 8, 8))
    wide = made.add("wide", 0, conv(3, 4))
    with pytest.raises(CompileError, match="both: cannot join values of different shapes: 3x8x8, 4x8x8"):
        made.add("both", [0, wide])


def test_an_image_that_became_too_small_is_an_error_that_names_the_layer():
    made = Blueprint((3, 2, 2))
    x = made.add("a", 0, max_pool(2, 2))
    with pytest.raises(CompileError, match="b: an image of 2x2 is too small for MaxPool2d"):
        made.add("b", x, max_pool(2, 2))


def test_two_layers_of_one_name_are_refused():
    made = Blueprint((3, 2, 2))
    made.add("a", 0, RELU)
    with pytest.raises(CompileError, match="two layers are called a"):
        made.add("a", 0, RELU)
    assert repr(made) == "Blueprint(1 layers, 0 parameters, 0 multiply-adds)"
