"""Ranks of real hyper-architectures, and their price."""

import numpy as np
import pytest

from search.fade.make import fade_search
from search.fade.ranker import SCORES
from supernet.hyper.recipe import bilevel_macs
from supernet.ranking.replacement import replacement_macs

SHORT = {"epochs": 1, "warm_up": 0}


@pytest.mark.parametrize("reading", list(SCORES))
def test_each_reading_of_ranks_is_paid_for(generator, objective, reading):
    ranker = fade_search(objective, generator, {"reading": reading, "hyper": SHORT}).ranker
    rows = [[generator.members[i] for i in (0, 3, 5)], [generator.members[i] for i in (1, 2, 4)]]
    ranks, gmacs = ranker(rows, 0)
    images = len(objective.halved)
    macs = bilevel_macs(rows, objective.skeleton, images, ranker.recipe)
    if reading == "substitution":
        macs += replacement_macs(rows, objective.skeleton, images // 2)
    assert gmacs == pytest.approx(macs / 1e9)
    assert all(len(set(row)) == 3 and np.exp(row).sum() == pytest.approx(1) for row in ranks.cells)
    again, _ = ranker(rows, 0)
    np.testing.assert_array_equal(again.cells, ranks.cells)
