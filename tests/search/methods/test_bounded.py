"""What a model is told of a long search: all of it up to a bound, then the best, the latest and what tells the rest."""

import numpy as np
import pytest
from optuna.trial import TrialState, create_trial
from small_searches import SPACE

from archgraph.storages.study import open_study
from search.architectures import Architectures
from search.methods.bounded import best_and_latest, spread
from search.studies.history import History
from search.studies.study import ARCHITECTURE, HASH


@pytest.mark.parametrize("labels", [5, 100, 101, 137, 1000])
def test_of_many_labels_the_best_and_others_at_equal_distances_in_rank_are_told(labels):
    losses = np.random.default_rng(labels).permutation(labels).astype(float)
    told = spread(losses, 100)
    assert len(set(told.tolist())) == len(told) == min(labels, 100)
    assert set(range(min(labels, 50))) <= set(losses[told].tolist())
    assert losses.argmax() in told


def history_of(values, directions=("minimize",), running=()):
    """A history of trials with these values, of which some still run."""
    study, met = open_study(None, "s", {}, list(directions)), Architectures(SPACE)
    history = History(study, met)
    for position, value in enumerate(values):
        graph = SPACE.sample(1, np.random.default_rng(position))[0]
        native, key = SPACE.to_native(graph), graph.canonical_hash()
        state = TrialState.RUNNING if position in running else TrialState.COMPLETE
        values = None if position in running else list(np.atleast_1d(value))
        study.add_trial(create_trial(state=state, values=values, user_attrs={ARCHITECTURE: native, HASH: key}))
    history.sync()
    return history


def test_a_sampler_is_shown_the_latest_half_the_best_before_and_what_runs():
    values = [5.0, 1.0, 9.0, 2.0, 8.0, 0.0, 7.0, 6.0, 4.0, 3.0]
    assert best_and_latest(history_of(values), 10).tolist() == list(range(10))
    assert best_and_latest(history_of(values), 6).tolist() == [1, 3, 5, 7, 8, 9]
    assert best_and_latest(history_of(values, running=(2,)), 4).tolist() == [1, 2, 5, 8, 9]


def test_of_several_objectives_the_fronts_count_as_the_best():
    values = [(0.0, 9.0), (5.0, 5.0), (9.0, 0.0), (6.0, 6.0), (1.0, 8.0), (7.0, 7.0), (8.0, 8.0)]
    shown = best_and_latest(history_of(values, ("minimize", "minimize")), 4)
    assert shown.tolist() == [0, 1, 5, 6], "of equal rank the first two"
