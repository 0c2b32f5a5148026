"""A sampler sees what it is shown, and what was begun since."""

import optuna

from search.methods.window import Window


def test_reads_are_of_the_shown_trials_and_writes_of_all():
    window = Window()
    study = optuna.create_study(storage=window)
    study.add_trials([optuna.create_trial(value=float(10 - i)) for i in range(6)])
    window.show([1, 4])
    trial = study.ask()
    assert [seen.number for seen in study.trials] == [1, 4, 6]
    study.tell(trial, 0.5)
    assert study.best_value == 0.5
    assert [seen.number for seen in study.get_trials(states=[optuna.trial.TrialState.COMPLETE])] == [1, 4, 6]
    window.show([0])
    assert [seen.number for seen in study.trials] == [0]
    assert window.count == 7


def test_queued_trials_are_found_whatever_is_shown():
    window = Window()
    study = optuna.create_study(storage=window)
    study.add_trial(optuna.create_trial(value=1.0))
    window.show([0])
    study.enqueue_trial({"x": 0.25})
    assert study.ask().suggest_float("x", 0, 1) == 0.25
