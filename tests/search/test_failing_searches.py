"""Failure is a result: what some architectures raise fails their trials alone, and what all raise stops a search."""

from dataclasses import dataclass, field

import pytest

from archgraph import spaces
from archgraph.errors import ArchGraphError
from archgraph.seeds import derive_seed
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.problem import Problem, Search
from search.run import best_of, run_search
from search.studies.study import HASH


class TwoNone(Objective):
    """A number made of the hash; cells with so many `none` raise an exception."""

    space, names, directions = spaces.get("nasbench201"), ("made",), ("minimize",)

    def __init__(self, most=1):
        self.most = most

    def __call__(self, architectures, seeds):
        if any(a.native.count("none") > self.most for a in architectures):
            raise RuntimeError("out of memory")
        return [Evaluation((derive_seed(0, a.hash) / 2**32,), gmacs=1.0) for a in architectures]


@dataclass(frozen=True)
class AtHand(Problem):
    objective_at_hand: Objective = field(kw_only=True, compare=False)

    def open(self):
        return self.objective_at_hand


def searched(storage, most=1, method="random", trials=24, **options):
    problem = AtHand("nasbench201", "mine", objective_at_hand=TwoNone(most))
    batch = options.pop("batch", 1)
    return run_search(problem, Search(method, batch=batch), trials, storage, "s", **options)


@pytest.fixture
def storage(tmp_path):
    return f"journal:{tmp_path / 'studies.log'}"


@pytest.mark.parametrize("method", ["evolution", "delta", "tpe"])
def test_an_architecture_that_raises_fails_with_its_reason_and_no_neighbour_of_its_batch_does(method, storage):
    for trials in (12, 24):  # started again once
        study = searched(storage, method=method, trials=trials, batch=4)
    failed = [trial for trial in study.trials if trial.state.name == "FAIL"]
    assert 2 < len(failed) < 22
    assert {trial.user_attrs["reason"] for trial in failed} == {"RuntimeError: out of memory"}
    assert all((t.user_attrs["architecture"].count("none") > 1) == (t in failed) for t in study.trials)
    hashes = [trial.user_attrs[HASH] for trial in study.trials]
    assert len(hashes) == len(set(hashes)) == 24
    assert best_of(study)["failed"] == len(failed)


def test_where_nothing_but_failures_comes_the_search_stops_and_goes_on_when_more_are_allowed(storage):
    for most, count in ((5, 5), (5, 5), (9, 9)):
        with pytest.raises(ArchGraphError) as raised:
            searched(storage, most=-1, max_failures=most)
        assert str(raised.value) == (
            f"all {count} evaluations of study 's' failed: RuntimeError: out of memory; when that is mended, raise "
            "max_failures to go on"
        )
    study = searched(storage, most=6, max_failures=10)
    assert [trial.state.name for trial in study.trials] == ["FAIL"] * 9 + ["COMPLETE"] * 15


def test_a_search_that_has_come_to_an_end_is_no_failure_though_its_last_evaluations_are(storage):
    searched(storage, most=6, trials=3)
    assert len(searched(storage, most=-1, trials=5, max_failures=2).trials) == 5
