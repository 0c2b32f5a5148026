"""The natural-gradient step."""

import numpy as np
import pytest

from archgraph import spaces
from search.fade.cell_pool import CellPool
from search.fade.config import FadeConfig
from search.fade.past import Past
from search.fade.ranked import Ranked
from search.fade.strategies.gradient import NaturalGradient
from supernet.hyper.ranks import FadeRanks


@pytest.fixture
def cells(generator):
    return CellPool(generator, spaces.get("dag:1-3x2"))


def step(cells, strategy, state, scores):
    drawn = strategy.draw(state, Past(), 0, 0)
    ranks = FadeRanks([[np.exp(scores(cells.generator.points[row])) for row in drawn]])
    return drawn, strategy.learn(state, Ranked(drawn, [[""]], ranks, 0.0))


def test_a_mean_moves_towards_the_points_of_high_ranks(cells):
    strategy = NaturalGradient(cells, FadeConfig(2, "gradient", candidates=6, shared=False))
    _, state = step(cells, strategy, strategy.begin(), lambda points: points[:, 0])
    assert (np.array(state["means"])[:, 0] > 0).all()


def test_rows_that_share_a_distribution_move_by_the_mean_of_their_steps(cells):
    apart, together = (NaturalGradient(cells, FadeConfig(2, "gradient", shared=shared)) for shared in (False, True))
    _, alone = step(cells, apart, apart.begin(), lambda points: points[:, 0])
    _, both = step(cells, together, together.begin(), lambda points: points[:, 0])
    np.testing.assert_allclose(both["means"], [np.mean(alone["means"], axis=0)] * 2)


def test_the_elite_is_drawn_first_the_next_time(cells):
    strategy = NaturalGradient(cells, FadeConfig(2, "gradient", candidates=4, elite=1))
    drawn, state = step(cells, strategy, strategy.begin(), lambda points: points[:, 0])
    best = [row[np.argmax(cells.generator.points[row][:, 0])] for row in drawn]
    assert strategy.draw(state, Past(), 1, 0)[:, 0].tolist() == best
