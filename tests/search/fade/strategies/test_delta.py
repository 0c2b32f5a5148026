"""FaDE and Delta-NAS as one: what the predictor knows, and what it puts first."""

import numpy as np

from archgraph import spaces
from search.fade.cell_pool import CellPool
from search.fade.config import FadeConfig
from search.fade.past import Past
from search.fade.ranked import Ranked
from search.fade.strategies.delta import RankedDelta
from supernet.hyper.ranks import FadeRanks

SPACE = spaces.get("dag:1-3x2")


def step(cells, drawn, score):
    names = [[cells.name(int(i)) for i in row] for row in drawn]
    ranks = FadeRanks([[np.exp([score(cells.graph(int(i))) for i in row]) for row in drawn]])
    return Ranked(drawn, names, ranks, 0.0)


def test_ranks_of_one_step_tell_of_cells_that_it_did_not_hold(generator):
    cells = CellPool(generator, SPACE)
    strategy = RankedDelta(cells, FadeConfig(2, "delta", candidates=4))
    size = {i: cells.graph(i).num_nodes + cells.graph(i).num_edges for i in range(len(cells))}
    drawn = np.array([[0, 3, 6, 8], [1, 2, 5, 7]])
    past = Past(losses={cells.architecture((0, 0)).native: 1.0}).then(
        step(cells, drawn, lambda graph: -(graph.num_nodes + graph.num_edges) / 4)
    )
    process, _ = strategy._told(past, *strategy._valued(past))
    others = [(4, 4), (0, 4), (4, 0), (8, 8), (7, 8), (8, 6)]
    mean, _ = process.predict(strategy._features(others))
    assert np.corrcoef(mean, [size[a] + size[b] for a, b in others])[0, 1] > 0.8


def test_what_was_evaluated_is_not_derived_first_again(generator):
    cells = CellPool(generator, SPACE)
    strategy = RankedDelta(cells, FadeConfig(2, "delta", candidates=3))
    ranked = step(cells, np.array([[0, 1, 2], [0, 1, 2]]), lambda graph: -graph.num_nodes)
    known = {cells.architecture((i, j)).native: float(i + j) for i in range(3) for j in range(3)}
    path = next(strategy.order(ranked, Past(losses=known).then(ranked), 0))
    assert cells.architecture(path).native not in known


def test_every_path_of_the_step_comes_in_the_end(generator):
    cells = CellPool(generator, SPACE)
    strategy = RankedDelta(cells, FadeConfig(2, "delta", candidates=3))
    ranked = step(cells, np.array([[0, 1, 2], [3, 4, 5]]), lambda graph: -graph.num_nodes)
    found = list(strategy.order(ranked, Past().then(ranked), 0))
    assert {(i, j) for i in range(3) for j in range(3, 6)} <= set(found)
