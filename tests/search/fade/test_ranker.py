"""Ranks of real hyper-architectures, and their price."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from archgraph import ArchGraphError
from archgraph.errors import DivergedError
from search.fade.make import fade_search
from search.fade.ranker import SCORES, HyperRanker
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


def test_what_does_not_fit_or_diverges_is_said(objective, generator, monkeypatch):
    rows = [[generator.members[0]], [generator.members[1]]]
    recipe = replace(SCORES["substitution"], epochs=1, warm_up=1, learning_rate=1e30)
    with pytest.raises(DivergedError, match="no finite"):
        HyperRanker(*objective.hyper, recipe=recipe)(rows, 0)

    def no_room(*_):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr("search.fade.ranker.train_hyper", no_room)
    with pytest.raises(ArchGraphError, match="the hyper-architecture does not fit into the memory of cpu; draw fewer"):
        HyperRanker(*objective.hyper)(rows, 0)
