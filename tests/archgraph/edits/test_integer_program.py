"""The integer program finds what branch and bound finds."""

import numpy as np
import pytest

from archgraph import ArchGraph, spaces
from archgraph.edits.paths import apply_edits, edit_distance, edit_path

CELLS = spaces.get("nasbench101")


def pair(seed: int, name: str = "nasbench101") -> tuple[ArchGraph, ArchGraph]:
    first, second = (CELLS if name == "nasbench101" else spaces.get(name)).sample(2, np.random.default_rng(seed))
    return first, second


@pytest.mark.parametrize("name", ["nasbench101", "nasbench201", "dag", "transnas:macro"])
def test_the_integer_program_finds_the_distance_of_branch_and_bound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(6):
        first, second = pair(seed, name)
        distance = edit_distance(first, second)
        with monkeypatch.context() as patch:
            patch.setattr("archgraph.edits.distance.MAX_STEPS", 0)
            assert edit_distance(first, second) == distance
            assert apply_edits(first, edit_path(first, second)) == second
