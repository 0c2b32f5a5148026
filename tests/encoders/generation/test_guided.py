"""Graphs that a score puts first."""

from __future__ import annotations

import numpy as np
import pytest

from archgraph import InputError
from archgraph.networks.cost import cost
from encoders.generation import guided
from encoders.generation.generate import generate


@pytest.fixture
def few(monkeypatch):
    """Rounds of few graphs: a decoder that is hardly trained writes slowly."""
    monkeypatch.setattr(guided, "DRAWN", 24)
    monkeypatch.setattr(guided, "ELITE", 6)


def convolutions(table):
    """How many 3x3 convolutions each graph has, and fewer skips among equals."""
    return np.array(
        [10.0 * sum("conv3x3" in op for op in g.ops) - sum(op == "identity" for op in g.ops) for g in table]
    )


@pytest.mark.parametrize("decode", [False, True])
def test_the_best_by_a_score_come_first_and_are_better_than_what_is_drawn(checkpoint, few, decode):
    plain = generate(checkpoint, 10, decode=decode, seed=0)
    best = generate(checkpoint, 10, decode=decode, seed=0, score=convolutions)
    values = convolutions(best)
    assert (np.diff(values) <= 0).all()
    assert values.min() >= np.sort(convolutions(plain))[-3]
    assert len(set(best.hashes())) == 10


def test_steps_come_near_to_a_single_best_graph(checkpoint, space, few):
    members = space.enumerate()
    target = members[np.array([7001])]
    code = space.to_codes(target)[0]

    def alike(table):
        return -(space.to_codes(table) != code).sum(axis=1).astype(float)

    found = generate(checkpoint, 1, decode=True, seed=1, score=alike)
    drawn = generate(checkpoint, 6 * 24, seed=1)  # as many without steps
    assert alike(found)[0] >= max(alike(drawn).max(), -2)


def test_other_conditions_hold_and_the_seed_decides(checkpoint, space, few):
    def drawn(seed):
        return generate(checkpoint, 8, max_params=5e5, seed=seed, score=convolutions)

    assert max(cost(graph, space).params for graph in drawn(0)) <= 5e5
    assert drawn(0).hashes() == drawn(0).hashes()


def test_near_graphs_all_are_drawn_around_these(checkpoint, members, space):
    def edits(given, **options):
        found = generate(checkpoint, 6, seed=0, score=convolutions, **options)
        return (space.to_codes(found) != space.to_codes(given)).sum(axis=1).mean()

    some = [members[row : row + 1] for row in (100, 400, 700, 1000)]
    assert np.mean([edits(given, near=given) for given in some]) < np.mean([edits(given) for given in some])


def test_more_than_there_are_is_refused(checkpoint):
    with pytest.raises(InputError, match="are asked for"):
        generate(checkpoint, 50, max_params=1e5, bucket=0, score=convolutions)
