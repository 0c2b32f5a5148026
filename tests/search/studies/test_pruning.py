"""Optuna's pruners on a copy of the study."""

import optuna
import pytest
from optuna.study import StudyDirection
from optuna.trial import TrialState, create_trial

from archgraph import InputError
from search.studies.pruning import Pruning, checked_pruner

STEPS = (1, 3, 9)


def trial(number, values, state):
    reports = dict(zip(STEPS, values, strict=False))
    made = create_trial(
        state=state, value=values[-1] if state == TrialState.COMPLETE else None, intermediate_values=reports
    )
    made.number = number
    return made


def pruning(name="hyperband", **settings):
    return Pruning(name, settings, STEPS, StudyDirection.MINIMIZE, seed=0)


def test_it_says_what_optuna_says():
    """Trial by trial beside a study of Optuna's own of the same name, so that brackets are the same."""
    own, study = pruning(), optuna.create_study(pruner=optuna.pruners.HyperbandPruner(1, 9), study_name="copy-0")
    trials, said = [], set()
    for number in range(40):
        values = [(number * 7919 + step * 31) % 101 / (1 + step) for step in STEPS]
        theirs = study.ask()
        trials.append(trial(number, [], TrialState.RUNNING))
        own.read(trials)
        for count, (step, value) in enumerate(zip(STEPS, values, strict=True), start=1):
            theirs.report(value, step)
            own.report(number, step, value)
            stops = theirs.should_prune()
            assert own.stops(number) == stops
            said.add(stops)
            if stops or step == STEPS[-1]:
                study.tell(theirs, value if not stops else None, TrialState.PRUNED if stops else TrialState.COMPLETE)
                trials[number] = trial(number, values[:count], TrialState.PRUNED if stops else TrialState.COMPLETE)
                break
    assert said == {True, False}


@pytest.mark.parametrize("name", ["median", "hyperband"])
def test_a_copy_made_anew_says_the_same_whatever_the_numbers(name):
    trials = [trial(i, [float(i % 5), float(i % 7), float(i)], TrialState.COMPLETE) for i in range(12)]
    known = pruning(name)
    for count in range(len(trials) + 1):
        known.read(trials[:count])
    asked = [*trials, trial(12, [3.0], TrialState.RUNNING)]
    known.read(asked)
    later = [trial(t.number + 100, list(t.intermediate_values.values()), t.state) for t in asked]
    fresh = pruning(name)
    fresh.read(later)
    assert fresh.stops(112) == known.stops(12)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("hyper", {}, "unknown pruner 'hyper'; choose from none, median, hyperband"),
        ("none", {"reduction_factor": 2}, "without a pruner nothing is set of it, but got reduction_factor"),
        ("median", {"reduction_factor": 2}, "reduction_factor"),
        ("hyperband", {"reduction_factor": 1}, "reduction_factor is a whole number from 2"),
        ("median", {"n_startup_trials": -1}, "pruner median: "),
        ("hyperband", {"steps": [1]}, "steps"),
    ],
)
def test_a_pruner_that_there_is_not_is_said(name, settings, message):
    with pytest.raises(InputError, match=message):
        checked_pruner(name, settings)
