"""What the trials of an outer search have found: each looked at once, whatever the order in which they end."""

import optuna
from optuna.trial import TrialState, create_trial

from search.fade.steps import Steps
from search.objectives.evaluation import REASON
from search.studies.study import ARCHITECTURE, HASH


def step(value, derived, cells=(("a", "b"),), failed=()):
    names, logs = [list(row) for row in cells], [[-0.5] * len(row) for row in cells]
    own = {"means": [value], "candidates": names, "log_ranks": logs, "derived": derived}
    return create_trial(value=value, user_attrs=own | ({"failed": dict.fromkeys(failed, "no luck")} if failed else {}))


def test_values_failures_and_the_last_step_are_those_of_all_trials_that_ended():
    study = optuna.create_study(direction="maximize")
    study.add_trial(create_trial(value=0.5, user_attrs={ARCHITECTURE: "k", HASH: "known"}))  # from another study
    study.add_trial(step(1.0, [[1.0, "x", "one"]], failed=["bad"]))
    running = study.ask()
    study.add_trial(step(3.0, [[3.0, "y", "two"], [1.0, "x", "one"]], (("b", "a"),)))
    steps = Steps(study)
    for _ in range(2):  # reading again changes nothing
        steps.read()
        assert dict(steps.values) == {"known": 0.5, "one": 1.0, "two": 3.0}
        assert set(steps.failed) == {"bad"}
        assert steps.last.number == 3
        assert steps.least == -3.0
        assert [trial.number for trial in steps.alike([["b", "a"]])] == [1, 3]
        assert [trial.number for trial in steps.trials] == [0, 1, 2, 3]
        past = steps.past(-1.0)
        assert past.losses == {"k": -0.5, "x": -1.0, "y": -3.0}
        assert [step.names for step in past.steps] == [[["a", "b"]], [["b", "a"]]]
    study.tell(running, 2.0)
    steps.read()
    assert [trial.state for trial in steps.trials] == [TrialState.COMPLETE] * 4


def test_only_trials_in_which_something_may_be_new_are_read():
    study = optuna.create_study()
    steps = Steps(study)
    assert steps.last is None
    assert steps.least is None
    read = []
    for number in range(5):
        study.add_trial(step(float(number), []))
        read.append(len(steps.read()))
    assert read == [1] * 5


def test_trials_that_were_given_up_are_no_steps_and_failed_ones_are():
    study = optuna.create_study()
    study.add_trial(create_trial(state=TrialState.FAIL))
    study.add_trial(create_trial(state=TrialState.FAIL, user_attrs={REASON: "no luck"}))
    study.ask()
    steps = Steps(study)
    new = steps.read()
    assert [trial.number for trial in steps.trials] == [1, 2]
    steps.give_up([new[2]])
    assert [trial.number for trial in steps.trials] == [1]
