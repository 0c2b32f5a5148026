"""Walks of edits to what is new."""

import numpy as np
import pytest
from optuna.trial import TrialState, create_trial
from small_searches import SPACE

from search import Architectures, History, open_study
from search.methods.base import rest, walk
from search.studies.study import ARCHITECTURE, HASH


def history_of(architectures, rows):
    """A history in which these were asked for."""
    history = History(open_study(None, "s", {}), architectures)
    for row in rows:
        found = architectures.architecture(row)
        attributes = {ARCHITECTURE: found.native, HASH: found.hash}
        history.append(create_trial(state=TrialState.COMPLETE, value=0.0, user_attrs=attributes), row)
    return history


def members(count):
    table = SPACE.enumerate()
    return table[np.random.default_rng(0).permutation(len(table))[:count]]


def test_a_walk_ends_at_a_new_neighbour():
    architectures = Architectures(SPACE)
    [row] = architectures.add([SPACE.from_native("00000000")])
    near = architectures.neighbors(int(row))
    history = history_of(architectures, [int(row), *near[:-1].tolist()])
    for seed in range(5):
        found = walk(architectures, history, int(row), np.random.default_rng(seed))
        assert found not in history
        assert found != row


def test_on_a_table_a_walk_finds_the_last_member_and_then_none():
    architectures = Architectures(SPACE, members(40))
    history = history_of(architectures, range(39))
    assert walk(architectures, history, 0, np.random.default_rng(0)) == 39
    assert rest(architectures, history).tolist() == [39]
    whole = history_of(architectures, range(40))
    assert walk(architectures, whole, 0, np.random.default_rng(0)) == -1


@pytest.mark.parametrize("asked", [0, 7])
def test_an_open_space_is_never_at_its_end(asked):
    architectures = Architectures(SPACE)
    rows = architectures.add(SPACE.sample(asked, np.random.default_rng(0))).tolist()
    assert not len(rest(architectures, history_of(architectures, rows)))
