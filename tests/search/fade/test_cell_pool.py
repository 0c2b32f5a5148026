"""Cells by number: members of an encoder first, then those that edits have made."""

from functools import partial

import numpy as np
import pytest

from archgraph import ArchTable, spaces
from archgraph.networks.choice import NetworkChoice
from encoders.embedding.buckets import BucketGenerator
from search.fade.cell_pool import CellPool
from search.fade.fitting import FittingCells
from search.fade.table_ranker import choice_buckets, member_of
from search.objectives.costs import NetworkCosts
from search.objectives.limits import Limits

CELL, ROWS = spaces.get("dag:1-4"), spaces.get("dag:1-4x2")


def few(count, fitting=None):
    members = CELL.enumerate()[:count]
    points = np.random.default_rng(0).standard_normal((count, 2))
    return CellPool(BucketGenerator(members, points, buckets=2, seed=0), ROWS, None, fitting)


def test_edits_leave_the_members_and_names_lead_back():
    cells, rng = few(4), np.random.default_rng(0)
    found = {cells.mutated(int(rng.integers(len(cells))), 0, rng) for _ in range(40)}
    assert max(found) >= 4
    for number in found:
        assert cells.graph(number) in CELL
        assert cells.named(cells.name(number)) == number
        assert few(4).graph(few(4).named(cells.name(0))).canonical_hash() == cells.graph(0).canonical_hash()


def test_an_architecture_leads_back_to_its_cells():
    cells = few(6)
    assert cells.path(cells.architecture([5, 2]).native) == (5, 2)


def test_choices_that_stand_for_cells_lead_back_too():
    space = spaces.get("macro")
    cells = CellPool(choice_buckets(space), space, partial(member_of, space))
    code = (0, 1, 2, 0, 1, 2, 0, 1)
    assert cells.path(cells.architecture(code).native) == code
    assert cells.mutated(1, 0, np.random.default_rng(0)) in (0, 2)
    assert cells.crossed(1, 0, 0, np.random.default_rng(0)) in (0, 2)


def test_what_edits_make_keeps_the_limits():
    costs = NetworkCosts(ROWS, NetworkChoice(settings={"width": 8}), (1, 8, 8), 10)
    limits = Limits({"params": 2300}, costs)
    whole = FittingCells.of_limits(limits, ROWS, CELL.enumerate())
    cells, rng = few(9, FittingCells.of_limits(limits, ROWS, CELL.enumerate()[:9])), np.random.default_rng(0)
    made = {(row, cells.mutated(int(rng.integers(9)), row, rng)) for row in range(2) for _ in range(60)}
    numbers = {key: i for i, key in enumerate(CELL.enumerate().hashes())}
    assert any(number >= 9 for _, number in made)
    for row, number in made:
        assert whole.allowed[row, numbers[cells.graph(number).canonical_hash()]]


def test_of_a_space_of_one_cell_an_edit_is_the_cell_itself():
    members = ArchTable.from_graphs([CELL.from_native("1:")], ids=["1:"])
    only = CellPool(BucketGenerator(members, np.zeros((1, 2)), 1, 0), spaces.get("dag:1"))
    assert only.mutated(0, 0, np.random.default_rng(0)) == 0


@pytest.mark.parametrize("row", [0, 1])
def test_what_is_sampled_can_stand_in_its_row(row):
    fitting = FittingCells(np.array([[True] * 5 + [False], [False] * 5 + [True]]), np.zeros((0, 2, 6)))
    cells, rng = few(6, fitting), np.random.default_rng(0)
    assert all(fitting.allowed[row, cells.sample(row, rng)] for _ in range(20))
