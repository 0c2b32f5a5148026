"""Studies that cannot be begun or gone on with say so; budgets."""

import pytest
from optuna.trial import TrialState
from small_searches import Digits

from archgraph import InputError, spaces
from archgraph.storages.liveness import Shift
from archgraph.storages.study import open_study
from search.loop import run_study
from search.methods import make
from search.objectives.evaluation import Evaluation
from search.studies.study import complete, ended, finish, kept, over_budget, spent

SPACE = spaces.get("macro")


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


@pytest.mark.parametrize("directions", [[], ["max"], ["minimize", "up"]])
def test_a_direction_is_minimize_or_maximize(directions):
    with pytest.raises(InputError, match="minimize or maximize, one an objective"):
        open_study(None, "s", {}, directions)


def test_optunas_own_tools_know_the_names_of_the_objectives(storage):
    for _ in range(2):
        study = open_study(storage, "s", {}, ["minimize", "minimize"], ["loss", "params"])
        assert study.metric_names == ["loss", "params"]
    assert open_study(None, "s", {}).metric_names is None


def test_what_failed_is_kept_and_paid_for_and_what_was_given_up_is_not():
    study = open_study(None, "s", {})
    for reason in (None, "diverged"):
        finish(Shift(study), study.ask(), Evaluation((1.0,), gmacs=2.0, reason=reason))
    given_up, running = study.ask(), study.ask()
    study.tell(given_up, state=TrialState.FAIL)
    trials = kept(study)
    assert [trial.number for trial in trials] == [0, 1, running.number]
    assert [trial.number for trial in ended(trials)] == [0, 1]
    assert [trial.number for trial in complete(trials)] == [0]
    assert [trial.user_attrs["reason"] for trial in ended(trials)[1:]] == ["diverged"]
    assert spent(trials) == 4.0
    assert over_budget(trials, 1, 5.0)


def test_a_trial_that_costs_one_query_is_written_twice(tmp_path):
    """Begun with all that is known but its value, then ended with it; plain Optuna writes each parameter as well."""
    study = open_study(f"sqlite:///{tmp_path / 's.db'}", "random", {})
    storage, written = study._storage, []
    for name in ("create_new_trial", "set_trial_user_attr", "set_trial_state_values", "set_trial_param"):
        plain = getattr(storage, name)
        setattr(storage, name, lambda *a, _f=plain, _n=name, **k: (written.append(_n), _f(*a, **k))[1])
    run_study(study, make("random", SPACE), Digits(), 0, lambda trials: len(trials) >= 3)
    assert written == ["create_new_trial", "set_trial_state_values"] * 3


def test_a_search_is_over_where_the_next_trials_would_go_over_its_budget():
    study = open_study(None, "s", {})
    assert not over_budget(kept(study), 1, 1.0)
    for cost in (1.0, 3.0):
        trial = study.ask()
        trial.set_user_attr("gmacs", cost)
        study.tell(trial, 0.0)
    assert not over_budget(kept(study), 1, 6.0)
    assert over_budget(kept(study), 2, 6.0)
    assert not over_budget(kept(study), 2, None)
