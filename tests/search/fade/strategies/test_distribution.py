"""The density over graphs."""

import numpy as np

from archgraph import spaces
from search.fade.cell_pool import CellPool
from search.fade.config import FadeConfig
from search.fade.past import Past, RankedStep
from search.fade.strategies.distribution import GraphDistribution

SPACE = spaces.get("dag:1-3x2")


def of(generator, shared, *steps):
    cells = CellPool(generator, SPACE)
    names = [cells.name(i) for i in range(3)]
    past = Past(tuple(RankedStep([names] * 2, [np.log(row) for row in rows]) for rows in steps))
    return GraphDistribution(cells, FadeConfig(2, "distribution", candidates=3, shared=shared)).logits(past)


def test_every_graph_is_as_likely_before_the_first_step(generator):
    assert not of(generator, True).any()


def test_what_ranks_high_becomes_likely_and_so_does_what_is_near(generator):
    [logits, _] = of(generator, False, [[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]])
    assert logits[0] > logits[1] > logits[2]
    points = generator.points
    near = np.argsort(np.square(points - points[0]).sum(axis=1))
    assert logits[near[1]] > logits[near[-1]] or near[1] in (1, 2)


def test_rows_that_share_a_density_draw_alike_and_others_do_not(generator):
    shared, apart = (of(generator, one, [[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]]) for one in (True, False))
    np.testing.assert_array_equal(shared[0], shared[1])
    np.testing.assert_allclose(shared[0], apart.mean(axis=0))


def test_only_the_order_counts(generator):
    one, other = (of(generator, True, rows) for rows in ([[0.7, 0.2, 0.1]] * 2, [[0.4, 0.35, 0.25]] * 2))
    np.testing.assert_array_equal(one, other)
