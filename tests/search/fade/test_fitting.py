"""Which cells of rows can stand in an architecture that fits limits."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archgraph import InputError, spaces
from archgraph.networks.choice import NetworkChoice
from search.fade.fitting import FittingCells
from search.objectives.costs import NetworkCosts
from search.objectives.limits import Limits

ROWS, CELLS = spaces.get("dag:1-3x2"), spaces.get("dag:1-3").enumerate()
COSTS = NetworkCosts(ROWS, NetworkChoice(settings={"width": 8}), (1, 8, 8), 10)


@pytest.mark.parametrize("most", [{"params": 2300}, {"flops": 40_000}, {"params": 3000, "depth": 5}])
def test_a_cell_can_be_drawn_where_a_path_with_it_fits_each_limit(most):
    limits = Limits(most, COSTS)
    found = FittingCells.of_limits(limits, ROWS, CELLS)
    expected = np.zeros_like(found.allowed)
    for name, limit in most.items():
        own = np.zeros_like(expected)
        for path in product(range(len(CELLS)), repeat=2):
            graph = ROWS.join([CELLS[i] for i in path])
            if COSTS.counted(graph, name)[name] <= limit:
                own[[0, 1], list(path)] = True
        expected = own if name == next(iter(most)) else expected & own
    np.testing.assert_array_equal(found.allowed, expected)
    assert not found.allowed.all()


@given(st.integers(0, 10**6), st.integers(0, 1))
def test_of_what_is_drawn_some_path_fits(seed, kept):
    limits = Limits({"params": 2300}, COSTS)
    fitting = known(limits)
    rng = np.random.default_rng(seed)
    drawn = np.stack([rng.choice(np.flatnonzero(row), 2, replace=False) for row in fitting.allowed])
    together = fitting.together(drawn, kept=kept)
    assert (together[:, :kept] == drawn[:, :kept]).all()
    paths = product(*together.tolist())
    fits = any(limits.fits(ROWS.join([CELLS[i] for i in path])) for path in paths)
    before = any(limits.fits(ROWS.join([CELLS[i] for i in path])) for path in product(*drawn.tolist()))
    assert fits
    assert not before or (together == drawn).all()


KNOWN = {}


def known(limits):
    return KNOWN.setdefault(0, FittingCells.of_limits(limits, ROWS, CELLS))


def test_rows_with_too_few_cells_are_named():
    fitting = FittingCells(np.array([[True, True], [False, True]]), np.zeros((0, 2, 2)))
    fitting.check(1)
    with pytest.raises(InputError, match="only 1 cells can stand in row 2 within the limits, but got candidates 2"):
        fitting.check(2)


def test_what_a_table_has_left_says_which_choices_can_be_drawn():
    space = spaces.get("macro")
    members = space.enumerate()[:9]  # of the first 9 only the last two choices differ
    fitting = FittingCells.of_members(space, members)
    codes = space.to_codes(members)
    assert [set(np.flatnonzero(row)) for row in fitting.allowed] == [set(row) for row in codes.T]
    drawn = np.zeros((8, 1), dtype=np.intp)
    assert (fitting.together(drawn, 0) == drawn).all()
