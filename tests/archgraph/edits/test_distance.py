"""The exact edit distance of two architectures."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archgraph import ArchGraph, InputError, spaces
from archgraph.edits.paths import apply_edits, edit_distance, edit_path
from archgraph.testing.spaces import shuffled

CELLS = spaces.get("nasbench101")

OPS = ("identity", "conv3x3-relu")

seeds = st.integers(0, 2**32 - 1)


def pair(seed: int, name: str = "nasbench101") -> tuple[ArchGraph, ArchGraph]:
    first, second = (CELLS if name == "nasbench101" else spaces.get(name)).sample(2, np.random.default_rng(seed))
    return first, second


def by_brute_force(first: ArchGraph, second: ArchGraph) -> int:
    """Least cost over all matches of interior nodes, `None` standing for no partner."""
    n, m = len(first.ops), len(second.ops)
    best = 10**9
    for partners in set(permutations([*range(1, m - 1), *[None] * (n - 2)], n - 2)):
        image = [0, *partners, m - 1]
        kept = [i for i in range(n) if image[i] is not None]
        cost = n + m - 2 * len(kept) + sum(first.ops[i] != second.ops[image[i]] for i in kept)
        mapped = {(image[s], image[t]) for s, t in first.edges if image[s] is not None and image[t] is not None}
        cost += len(first.edges) + len(second.edges) - 2 * len(mapped & set(second.edges))
        best = min(best, cost)
    return best


def test_the_distance_is_that_of_brute_force() -> None:
    space = spaces.NodeCellSpace("small", OPS, max_vertices=5, max_edges=8)
    members = space.sample(40, np.random.default_rng(0))
    for first, second in zip(members[::2], members[1::2], strict=True):
        assert edit_distance(first, second) == by_brute_force(first, second)


@settings(max_examples=30)
@given(seeds)
def test_the_distance_is_symmetric_and_does_not_depend_on_labels(seed: int) -> None:
    first, second = pair(seed)
    distance = edit_distance(first, second)
    assert edit_distance(second, first) == distance
    assert edit_distance(ArchGraph(*shuffled(first, np.random.default_rng(seed))), second) == distance
    assert (distance == 0) == (first == second)


@settings(max_examples=15)
@given(seeds)
def test_the_distance_keeps_the_triangle_inequality(seed: int) -> None:
    first, second = pair(seed)
    third = CELLS.sample(1, np.random.default_rng(seed + 1))[0]
    assert edit_distance(first, third) <= edit_distance(first, second) + edit_distance(second, third)


def test_the_distance_to_a_graph_without_inner_nodes_is_found() -> None:
    empty, *others = CELLS.enumerate()[:4]
    for other in others:
        assert edit_distance(other, empty) == edit_distance(empty, other) == by_brute_force(other, empty) == 4


def test_the_distance_of_genotypes_is_found() -> None:
    space = spaces.get("darts")
    rng = np.random.default_rng(0)
    for first in space.sample(2, rng):
        other = space.mutate(first, rng)
        assert edit_distance(first, other) <= len(first.ops) // 4
        second = space.sample(1, rng)[0]
        path = edit_path(first, second)
        assert apply_edits(first, path) == second
        assert len(path) == edit_distance(second, first)


def test_a_distance_too_long_to_find_is_refused() -> None:
    first, second = spaces.get("dag:5-5x8").sample(2, np.random.default_rng(0))
    with pytest.raises(InputError, match=r"no exact edit distance of graphs .* in 0.1 seconds"):
        edit_distance(first, second, seconds=0.1)
