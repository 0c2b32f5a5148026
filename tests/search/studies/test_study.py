"""Studies that cannot be begun or gone on with say so, before anything is paid twice."""

import optuna
import pytest

from archgraph import ArchGraphError, InputError, spaces
from search.loop import run_study
from search.methods import make
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.studies.study import completed, open_study


class Constant(Objective):
    """The same value for every architecture."""

    names, directions = ("value",), ("minimize",)

    def __init__(self, value, space="nasbench201"):
        self.space, self.value, self.calls = spaces.get(space), value, 0

    def __call__(self, architectures, seeds):
        self.calls += 1
        return [Evaluation((self.value,)) for _ in architectures]


def search(study, objective, **options):
    run_study(study, make("random", objective.space), objective, 0, lambda trials: len(trials) >= 2, **options)


@pytest.fixture
def storage(tmp_path):
    return f"journal:{tmp_path / 'studies.log'}"


def test_a_study_goes_on_with_the_settings_and_directions_it_was_begun_with(storage):
    open_study(storage, "s", {"seed": 0}, ["maximize"])
    assert open_study(storage, "s", {"seed": 0}, ["maximize"]).user_attrs["settings"] == {"seed": 0}
    with pytest.raises(InputError, match=r"study 's' was begun with other settings \(seed 0, not 1\)"):
        open_study(storage, "s", {"seed": 1}, ["maximize"])
    with pytest.raises(InputError, match=r'directions \["maximize"\], not \["minimize"\]'):
        open_study(storage, "s", {"seed": 0}, ["minimize"])


def test_trials_of_another_program_are_not_gone_on_from(storage):
    study = open_study(storage, "s", {})
    study.add_trial(optuna.trial.create_trial(value=1.0))
    with pytest.raises(InputError, match="trial 0 has no architecture"):
        search(study, Constant(1.0))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_number_ends_the_search_where_it_is_met(value):
    objective = Constant(value)
    with pytest.raises(ArchGraphError, match="finite numbers, but got"):
        search(open_study(None, "s", {}), objective)
    assert objective.calls == 1


@pytest.mark.parametrize(("space", "members"), [("dag:1", 1), ("dag:2", 2)])
def test_a_search_ends_where_a_small_space_does(space, members):
    study = open_study(None, "s", {})
    run_study(study, make("evolution", spaces.get(space)), Constant(1.0, space), 0, lambda trials: False)
    assert len(completed(study)) == members


def test_a_batch_holds_a_trial_or_more():
    with pytest.raises(InputError, match="batch is a whole number from 1, but got 0"):
        search(open_study(None, "s", {}), Constant(1.0), batch=0)
