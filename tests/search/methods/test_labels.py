"""What stopped trials say."""

import numpy as np
import pytest
from optuna.trial import TrialState, create_trial

from archgraph import spaces
from archgraph.storages.study import open_study
from search.architectures import Architectures
from search.methods.labels import Labels
from search.methods.targets import log_regret
from search.studies.history import History

SPACE = spaces.get("macro")
STEPS = (1, 3, 9)


def history_of(curves, direction="minimize"):
    """A study of curves of losses, those shorter than all steps stopped."""
    history = History(open_study(None, "s", {}, [direction]), Architectures(SPACE))
    rows = history.architectures.add(SPACE.sample(4 * len(curves), np.random.default_rng(0)))
    sign = -1.0 if direction == "maximize" else 1.0
    for number, (row, curve) in enumerate(zip(dict.fromkeys(rows.tolist()), curves, strict=False)):
        values = [sign * value for value in curve]
        whole = len(curve) == len(STEPS)
        trial = create_trial(
            state=TrialState.COMPLETE if whole else TrialState.PRUNED,
            value=values[-1] if whole else None,
            intermediate_values=dict(zip(STEPS, values, strict=False)),
        )
        trial.number = number
        history.append(trial, row)
    return history


def targets(history):
    labels = Labels.of(history, np.random.default_rng(0), 1)
    assert labels is not None
    return labels.targets()


def curves(noise, n=40, seed=0):
    rng = np.random.default_rng(seed)
    end = rng.random(n)
    return [[value + noise * rng.standard_normal() / step for step in (1, 3)] + [value] for value in end]


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_complete_trials_alone_are_the_plain_labels(direction):
    history = history_of(curves(0.1), direction)
    rows, mean, variance = targets(history)
    np.testing.assert_array_equal(rows, history.rows)
    np.testing.assert_array_equal(mean, log_regret(history.losses[:, 0]))
    assert not variance.any()


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_stopped_trials_are_estimated_in_their_order_and_less_surely_the_earlier(direction):
    made = curves(0.1)
    stopped = [curve[: 1 + i % 3] for i, curve in enumerate(made)]
    _, mean, variance = targets(history_of(stopped, direction))
    end = np.array([curve[-1] for curve in made])
    for count in (1, 2):
        own = np.array([len(curve) == count for curve in stopped])
        assert np.corrcoef(mean[own], end[own])[0, 1] > 0.7
    spread = [variance[[len(curve) == count for curve in stopped]].mean() for count in (1, 2, 3)]
    assert spread[0] > spread[1] > spread[2] == 0


def test_values_that_say_nothing_are_estimated_by_the_mean():
    rng = np.random.default_rng(1)
    made = [[*rng.random(2), value] for value in rng.random(60)]
    stopped = [curve[:1] if i % 2 else curve for i, curve in enumerate(made)]
    _, mean, variance = targets(history_of(stopped))
    guessed = variance > 0
    assert guessed.sum() == 30
    assert mean[guessed].std() < 0.5 * mean[~guessed].std()
    assert variance[guessed].min() > 0.5 * mean[~guessed].var()


def test_until_enough_are_complete_stopped_trials_have_no_label():
    made = curves(0.1, n=8)
    history = history_of([curve if i < 3 else curve[:1] for i, curve in enumerate(made)])
    assert len(targets(history)[0]) == 3
    assert Labels.of(history, np.random.default_rng(0), 4) is None
    assert all(row in history for row in history.rows.tolist())
