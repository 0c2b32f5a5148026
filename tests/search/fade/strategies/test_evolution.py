"""Evolution by ranks: parents stay, children are edits, of grammars by sub-trees."""

import numpy as np

from archgraph import ArchTable, spaces
from encoders.embedding.buckets import BucketGenerator
from search.fade.cell_pool import CellPool
from search.fade.config import FadeConfig
from search.fade.past import Past
from search.fade.ranked import Ranked
from search.fade.strategies.evolution import RankEvolution
from supernet.hyper.ranks import FadeRanks


def evolved(cells, rows, steps, score):
    """The candidates of each step as graphs, one row after another."""
    strategy = RankEvolution(cells, FadeConfig(rows, "evolution", candidates=6))
    state, found = strategy.begin(), []
    for number in range(steps):
        drawn = strategy.draw(state, Past(), number, 0)
        names = [[cells.name(int(i)) for i in row] for row in drawn]
        ranks = FadeRanks([[np.exp([score(cells.graph(int(i))) for i in row]) for row in drawn]])
        state = strategy.learn(state, Ranked(drawn, names, ranks, 0.0))
        found.append((names, [[cells.graph(int(i)) for i in row] for row in drawn]))
    return found


def test_the_better_half_stays_and_the_others_are_new(generator):
    found = evolved(CellPool(generator, spaces.get("dag:1-3x2")), 2, 2, lambda graph: -graph.num_nodes)
    (before, graphs), (after, _) = found
    for row in range(2):
        order = np.argsort([graph.num_nodes for graph in graphs[row]], kind="stable")[:3]
        assert after[row][:3] == [before[row][i] for i in order]
        assert len(set(after[row])) == 6


def test_on_a_grammar_it_leaves_the_members_by_sub_trees_and_climbs():
    space, rng = spaces.get("grammar:sequence"), np.random.default_rng(0)
    members = {graph.canonical_hash(): graph for graph in space.sample(24, rng)}
    graphs = list(members.values())
    made = ArchTable.from_graphs(graphs, ids=[space.to_native(graph) for graph in graphs], space=space.name)
    cells = CellPool(BucketGenerator(made, rng.standard_normal((len(made), 2)), 4, 0), space)
    found = evolved(cells, 1, 4, lambda graph: -graph.num_nodes / 10)
    last = [graph for [row] in [found[-1][1]] for graph in row]
    assert all(graph in space for graph in last)
    assert len(cells) > len(made)
    assert np.mean([graph.num_nodes for graph in last]) < np.mean(made.graph_sizes)
