"""Steps as modules with their initial weights."""

import pytest
import torch

from archgraph.networks.steps import RELU, conv, linear, max_pool, norm
from supernet.layers import draw_weights, make_module


@pytest.mark.parametrize("step", [conv(4, 6, 3, groups=2), conv(4, 6, bias=True), linear(4, 2), norm(4)], ids=str)
def test_drawn_weights_are_those_that_the_module_has(step):
    drawn = draw_weights(step, torch.Generator().manual_seed(0))
    assert {n: v.shape for n, v in drawn.items()} == {n: p.shape for n, p in make_module(step).named_parameters()}
    again = draw_weights(step, torch.Generator().manual_seed(0))
    assert all(torch.equal(drawn[name], again[name]) for name in drawn)


def test_convolutions_and_linear_layers_are_drawn_by_what_they_read():
    generator = torch.Generator().manual_seed(0)
    weight = draw_weights(conv(64, 64, 3), generator)["weight"]
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    drawn = draw_weights(linear(400, 400), generator)
    assert drawn["weight"].std().item() == pytest.approx(1 / 20, rel=0.02)
    assert not drawn["bias"].any()


@pytest.mark.parametrize("step", [RELU, max_pool(3), norm(4, affine=False)], ids=str)
def test_what_has_no_parameters_draws_none(step):
    assert draw_weights(step, torch.Generator()) == {}
