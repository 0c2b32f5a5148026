"""Members: inherited weights, and changes that leave a network's outputs as they were."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from archgraph.errors import CompileError
from supernet.imported.member import cost, member


def test_the_unchanged_member_is_the_original(case):
    made = member(case.layout, case.state, {})
    assert made.preserving
    assert case.error(made.network()) == 0


def test_each_change_that_says_so_keeps_the_outputs(case):
    kept = set()
    for name, place in case.layout.places.items():
        for value in place.proposed()[1:]:
            made = member(case.layout, case.state, {name: value})
            error = case.error(made.network())
            assert not made.preserving or error <= 1e-5, (name, value)
            kept.update({place.kind} if made.preserving else ())
    assert {"depth", "inner"} <= kept


def test_changes_that_keep_the_outputs_do_so_together(case):
    grown = {}
    for name, place in case.layout.places.items():
        larger = [v for v in place.proposed()[1:] if member(case.layout, case.state, {name: v}).preserving]
        grown |= {name: larger[-1]} if larger else {}
    made = member(case.layout, case.state, grown)
    assert made.preserving
    assert case.error(made.network()) <= 1e-5


def test_drawn_members_run_are_differentiated_and_cost_what_they_hold(case):
    rng = np.random.default_rng(0)
    for _ in range(20):
        proposed = {name: place.proposed() for name, place in case.layout.places.items()}
        chosen = {name: values[rng.integers(len(values))] for name, values in proposed.items()}
        network = member(case.layout, case.state, chosen).network().train()
        output = network(case.images)
        assert output.shape == case.output.shape
        output.square().mean().backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
        assert cost(case.layout, case.state, chosen).params == sum(p.numel() for p in network.parameters())


def test_equal_layers_keep_their_weights(cases):
    case = cases["residual"]
    made = member(case.layout, case.state, {"3.depth": 1, "4.inner": 16})
    for name in ("0.weight", "3.0.conv1.weight", "4.short.weight"):
        torch.testing.assert_close(made.state[name], case.state[name], rtol=0, atol=0)
    assert not any(name.startswith("3.1.") for name in made.state)


def test_the_channels_with_the_largest_weights_stay(cases):
    case = cases["residual"]
    state = {name: value.clone() for name, value in case.state.items()}
    for name in ("4.conv1.weight", "4.bn1.weight", "4.bn1.bias"):
        state[name][::2] *= 100
    made = member(case.layout, state, {"4.inner": 16})
    torch.testing.assert_close(made.state["4.conv1.weight"], state["4.conv1.weight"][::2], rtol=0, atol=0)


def test_the_cost_of_the_original_is_counted_by_hand(cases):
    case = cases["residual"]
    flops = 64 * 16 * 9 + 4 * 64 * 16 * 16 * 9 + 16 * (16 * 32 * 9 + 32 * 32 * 9 + 16 * 32) + 32 * 10
    found = cost(case.layout, case.state, {})
    assert found.flops == flops
    assert found.params == sum(p.numel() for p in case.module.parameters())


def test_groups_that_do_not_divide_the_channels_are_refused(cases):
    case = cases["residual"]
    with pytest.raises(CompileError, match="make no 3 groups"):
        member(case.layout, case.state, {"4.groups": 3})
