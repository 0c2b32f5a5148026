"""Strategies by name, on a table as on an encoder's cells (whose contract is in `strategies/test_base.py`)."""

import numpy as np
import pytest

from archgraph import spaces
from archgraph.storages.study import open_study
from search.fade.config import SETTINGS_OF
from search.fade.make import fade_search
from search.fade.strategies import STRATEGIES
from search.objectives.table import TableObjective
from search.studies.study import completed


@pytest.fixture(scope="module")
def objective():
    members = spaces.get("macro").enumerate()
    value = np.array([float(sum(map(int, native))) for native in members.ids])
    return TableObjective(members.with_metrics(acc=value), spaces.get("macro"), ["acc"])


def test_the_settings_know_every_strategy():
    assert list(SETTINGS_OF) == list(STRATEGIES)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_strategy_searches_a_table(name, objective):
    search = fade_search(objective, None, {"strategy": name, "candidates": 2, "derived": 2})
    study = open_study(None, "fade", {}, objective.directions)
    search.run(study, 0, lambda trials: len(trials) >= 3)
    found = completed(study)
    assert len(found) == 3
    ranked = [trial for trial in found if "candidates" in trial.user_attrs]
    assert len(ranked) == (2 if STRATEGIES[name].one_by_one else 3)
    assert all(len(set(names)) == 2 for trial in ranked for names in trial.user_attrs["candidates"])
    apart = 1 if STRATEGIES[name].one_by_one else 2
    assert [trial.user_attrs["queries"] for trial in found] == [apart + 2 * (trial in ranked) for trial in found]
