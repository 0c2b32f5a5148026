"""Random search draws as the space does."""

import numpy as np
from small_searches import SPACE

from search import Architectures, History, open_study
from search.methods.random_search import RandomSearch


def test_it_draws_uniformly_from_a_table_and_whatever_was_found():
    members = SPACE.enumerate()[:5]
    history = History(open_study(None, "s", {}), Architectures(SPACE, members))
    drawn = [RandomSearch().propose(history, seed).row for seed in range(500)]
    counts = np.bincount(drawn, minlength=5)
    assert (np.abs(counts - 100) < 40).all()


def test_of_an_open_space_it_draws_what_the_space_samples():
    history = History(open_study(None, "s", {}), Architectures(SPACE))
    row = RandomSearch().propose(history, 3).row
    assert history.architectures.graph(row) == SPACE.sample(1, np.random.default_rng(3))[0]
