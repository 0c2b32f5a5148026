"""FaDE on tables: the model of ranks, and that its search climbs."""

from functools import partial

import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from archgraph.storages.study import open_study
from search.fade.config import FadeConfig
from search.fade.make import fade_search
from search.fade.search import FaDESearch
from search.fade.table_ranker import TableRanker, choice_buckets, member_of
from search.objectives.table import TableObjective
from search.studies.study import completed


@pytest.fixture(scope="module")
def objective():
    members = spaces.get("macro").enumerate()
    digits = np.array([[int(d) for d in native] for native in members.ids])
    rng = np.random.default_rng(0)
    value = (digits * np.linspace(1, 2, 8)).sum(axis=1) + rng.normal(size=len(digits))
    table = members.with_metrics(acc=value)
    return TableObjective(table, spaces.get("macro"), ["acc"])


def test_effects_are_those_of_the_rows(objective):
    effects = TableRanker(objective, 2).effects
    steps = np.diff(effects, axis=1)
    assert (steps > 0).all()
    assert (np.diff(steps.mean(axis=1)) > 0).all()


@pytest.mark.parametrize("wanted", [0.5, 0.75])
def test_noise_brings_ranks_as_close_to_the_table_as_is_wanted(objective, wanted):
    ranker = TableRanker(objective, 2, wanted)
    assert ranker.reached > 0.9
    assert ranker._agreement(ranker.noise, 2) == pytest.approx(wanted, abs=0.02)


def test_what_cannot_be_reached_is_left_at_its_best(objective):
    ranker = TableRanker(objective, 2, 0.9999)
    assert ranker.noise == 0
    assert ranker.reached < 0.9999


def test_fade_climbs_a_table(objective):
    search = fade_search(
        objective, None, {"strategy": "gradient", "candidates": 2, "derived": 1, "shared": False, "rate": 0.6}
    )
    ranked_first = []
    for seed in range(4):
        study = open_study(None, "fade", {}, objective.directions)
        search.run(study, seed, lambda trials: len(trials) >= 16)
        ranked_first.append([trial.user_attrs["derived"][0][0] for trial in completed(study)])
        assert all(trial.user_attrs["queries"] == 3 for trial in completed(study))
    assert np.mean(ranked_first, axis=0)[-6:].mean() > np.mean(ranked_first, axis=0)[:2].mean() + 2


def test_each_choice_is_in_a_bucket_of_its_own(objective):
    generator = choice_buckets(objective.space)
    assert sorted(generator.bucket_of) == [0, 1, 2]
    assert list(generator.members.ids) == ["0", "1", "2"]


def test_a_space_without_such_rows_is_refused():
    with pytest.raises(InputError, match="needs a space of rows with the same choices"):
        choice_buckets(spaces.get("dag"))


def test_choices_by_number_are_a_member_whatever_its_native_form_looks_like():
    space = spaces.get("nasbench201")
    codes = np.random.default_rng(0).integers(0, 5, (6, 6))
    members = ArchTable.from_graphs([graph for graph in space.from_codes(codes) if graph], space=space.name)
    members.metrics["acc"] = np.arange(len(members), dtype=float)
    objective = TableObjective(members, space, ["acc"])
    config, stand_for = FadeConfig(6, "gradient"), partial(member_of, space)
    search = FaDESearch(choice_buckets(space), lambda rows, seed: None, objective, config, stand_for)
    for code, graph in zip(codes, members, strict=True):
        assert search.cells.architecture(code).native == space.to_native(graph)
