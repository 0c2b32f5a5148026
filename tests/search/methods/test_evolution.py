"""Regularised evolution."""

import numpy as np
import pytest
from optuna.trial import TrialState, create_trial
from small_searches import SPACE

from archgraph import InputError
from search import Architectures, History, open_study
from search.methods.evolution import RegularisedEvolution
from search.studies.study import ARCHITECTURE, HASH


@pytest.fixture
def history():
    """Ten architectures, each worse than the one before."""
    architectures = Architectures(SPACE)
    history = History(open_study(None, "s", {}), architectures)
    for loss, row in enumerate(architectures.add(SPACE.sample(10, np.random.default_rng(0))).tolist()):
        found = architectures.architecture(row)
        attributes = {ARCHITECTURE: found.native, HASH: found.hash}
        history.append(create_trial(state=TrialState.COMPLETE, value=float(loss), user_attrs=attributes), row)
    return history


def test_the_best_of_the_youngest_is_mutated_by_one_edit(history):
    method = RegularisedEvolution(population=4, sample=4)
    parent = int(history.rows[6])  # the best of the last four
    near = set(history.architectures.neighbors(parent).tolist())
    assert all(method.propose(history, seed).row in near for seed in range(10))


def test_until_there_is_a_population_it_is_random(history):
    method = RegularisedEvolution(population=11, sample=1)
    assert method.propose(history, 0).row == history.architectures.draw(np.random.default_rng(0))


def test_a_sample_larger_than_the_population_is_refused():
    with pytest.raises(InputError, match="a sample of 1 to the population's 3, but got 4"):
        RegularisedEvolution(population=3, sample=4)
