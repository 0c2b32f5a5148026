"""Primitive layers: their shapes, costs and code are those of torch's modules."""

import pytest
import torch

from archgraph.networks.steps import (
    FLATTEN,
    GLOBAL_POOL,
    RELU,
    SHIFT,
    ZERO,
    Cost,
    activation,
    avg_pool,
    conv,
    linear,
    max_pool,
    norm,
    patches,
    position,
)
from supernet.layers import make_module


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
        *(norm(4), RELU, GLOBAL_POOL, FLATTEN, SHIFT, ZERO, patches(4, 6, 2), patches(4, 6, 4, bias=True)),
    ],
    ids=lambda step: step.code(),
)
@pytest.mark.parametrize("size", [(7, 9), (8, 8)])
def test_shapes_and_parameters_are_those_of_the_module(step, size):
    module = make_module(step)
    value = module(torch.zeros(2, 4, *size))
    shape = step.shape((4, *size))
    assert tuple(value.shape[1:]) == (shape if value.dim() == 4 else shape[:1])
    assert step.cost(shape).params == sum(p.numel() for p in module.parameters())


def test_a_step_written_as_code_is_the_same_module():
    from torch import nn  # noqa: F401  the code speaks of nn

    for step in (conv(4, 6, 3, 2), norm(4, affine=False), avg_pool(3), linear(4, 2), activation("GELU")):
        assert repr(eval(step.code())) == repr(make_module(step))


def test_costs_are_those_of_weights_biases_and_windows():
    assert conv(4, 6, 3, groups=2).cost((6, 5, 7)) == Cost(2 * 6 * 9, 2 * 6 * 9 * 35)
    assert conv(4, 6, bias=True).cost((6, 1, 1)) == Cost(30, 24)
    assert linear(4, 2).cost((2, 1, 1)) == Cost(10, 8)
    assert norm(4).cost((4, 8, 8)) == Cost(8)
    assert norm(4, affine=False).cost((4, 8, 8)) == Cost()


def test_nothing_passes_a_zero():
    assert not make_module(ZERO)(torch.randn(2, 3, 4, 4)).any()


def test_a_position_costs_a_number_each():
    assert position((3, 4, 5)).cost((3, 4, 5)) == Cost(60)
    assert position((3, 4, 5)).shape((3, 4, 5)) == (3, 4, 5)
    assert position((3, 4, 5)).code() == "Position(channels=3, height=4, width=5)"
