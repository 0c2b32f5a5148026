"""Ranks at every level against all members of a small grammar, one by one."""

import numpy as np
import pytest

from archgraph import InputError
from archgraph.networks.macro_skeleton import hyper_of
from archgraph.networks.open_network import network_of_choices
from archgraph.networks.skeleton import Skeleton
from archgraph.persistence.plain_yaml import parse_yaml
from archgraph.spaces.grammar.open_cells import open_cells
from archgraph.spaces.grammar.reading import grammar_of
from archgraph.spaces.grammar.space import GrammarSpace
from supernet.hyper.ranks import FadeRanks
from supernet.ranking.levels import LevelRanks

CELLS = """
start: cell
nodes: 7
rules:
  cell: [[op, op], {residual: op}, {repeat: op, times: [1, 3]}]
  op: [conv3x3-relu, maxpool3x3, [conv1x1-relu, conv3x3-dw]]
"""


@pytest.fixture(scope="module")
def space():
    return GrammarSpace("grammar:test", grammar_of(parse_yaml(CELLS)))


@pytest.fixture(scope="module")
def ranks(space):
    opened = open_cells(space.grammar)
    mixtures = network_of_choices(opened, Skeleton.fade((1, 8, 8), 10, 2, 4)).mixtures
    rng = np.random.default_rng(0)
    repeats = [[rng.dirichlet(np.ones(n)) for n in mixtures.values()] for _ in range(2)]
    return LevelRanks(opened, 2, FadeRanks(repeats), list(mixtures))


def test_the_best_cells_are_those_of_all_members(space, ranks):
    for row in range(2):
        every = {}
        for n in space.counts.sizes:
            for derivation in space.counts.every("cell", n):
                key = space.graph(derivation).canonical_hash()
                every[key] = max(every.get(key, -np.inf), ranks.log_rank(row, derivation))
        best = ranks.cells(row, 10)
        assert [log for log, _ in best] == pytest.approx(sorted(every.values(), reverse=True)[:10])
        assert [every[graph.canonical_hash()] for _, graph in best] == pytest.approx([log for log, _ in best])


def test_no_cell_is_larger_than_the_grammar_allows(space, ranks):
    everything = ranks.cells(0, 100)
    assert max(graph.num_nodes for _, graph in everything) <= 7
    assert len(everything) == space.size()


def test_cells_that_are_too_large_are_passed_over_and_too_many_of_them_are_said():
    operations = ["conv3x3-relu", "maxpool3x3", "conv1x1-relu", "conv5x5-relu", "avgpool3x3", "identity"]
    long = ", ".join(f"[{name}, {name}, {name}]" for name in operations)
    text = f"{{start: cell, nodes: 14, rules: {{cell: [[{', '.join(['part'] * 6)}]], part: [conv3x3-relu, {long}]}}}}"
    opened = GrammarSpace("grammar:test", grammar_of(parse_yaml(text))).open_cells()
    names = ["row0", *(f"row0_choice{i}" for i in range(1, 7))]

    def ranked(short):
        shares = np.array([short, *[(1 - short) / 6] * 6])
        return LevelRanks(opened, 1, FadeRanks([[np.ones(1), *[shares] * 6]]), names)

    assert all(graph.num_nodes <= 14 for _, graph in ranked(0.5).cells(0, 50))
    with pytest.raises(InputError, match="in row 1 all have more nodes than the grammar allows"):
        ranked(1e-9).cells(0, 5)


@pytest.mark.parametrize("aggregate", ["product", "mean", "minimum"])
def test_architectures_fall_in_rank(ranks, aggregate):
    found = [log for log, _ in ranks.descending(20, aggregate)]
    assert found == sorted(found, reverse=True)
    assert len(found) == 20


def test_what_a_choice_does_on_average_changes_no_rank_of_cells_that_do_not_make_it(space, ranks):
    """An even mixture says nothing, however many alternatives it has."""
    opened = ranks.opened
    mixtures = network_of_choices(opened, Skeleton.fade((1, 8, 8), 10, 2, 4)).mixtures
    even = LevelRanks(opened, 2, FadeRanks([[np.full(n, 1 / n) for n in mixtures.values()]]), list(mixtures))
    logs = [log for log, _ in even.cells(0, 100)]
    assert logs == pytest.approx([0.0] * len(logs))


def test_where_all_cells_make_the_same_choices_ranks_are_fades_product(space):
    plain = GrammarSpace(
        "grammar:flat",
        grammar_of(parse_yaml("{start: a, nodes: 9, rules: {a: [[b, b]], b: [conv3x3-relu, maxpool3x3]}}")),
    )
    opened = open_cells(plain.grammar)
    names, rows = ["row0", "row0_choice1", "row0_choice2"], [np.ones(1), np.array([0.3, 0.7]), np.array([0.6, 0.4])]
    ranks, flat = LevelRanks(opened, 1, FadeRanks([rows]), names), FadeRanks([rows])
    paths = [(0, first, second) for first in range(2) for second in range(2)]
    own = [
        ranks.log_rank(0, (0, (first,), (second,))) - flat.log_rank((0, first, second)) for _, first, second in paths
    ]
    assert own == pytest.approx([own[0]] * 4)


def test_the_table_has_a_row_for_each_alternative_of_each_choice_with_its_best_inside(ranks):
    table = ranks.table()
    metrics = table.metrics
    assert len(table) == len(set(table.ids)) == 2 * sum(len(choice.options) for choice in ranks.opened.choices)
    by_choice = metrics.groupby([name.rpartition(":")[0] for name in table.ids]).fade_rank.sum()
    assert by_choice.to_numpy() == pytest.approx(np.ones(len(by_choice)))
    assert set(metrics.fade_level) == {0, 1}
    first = table.ids.tolist().index("row 1 choice 0 cell: op > op")
    best = [log for log, graph in ranks.cells(0, 100) if graph == table[first]]
    assert len(best) == 1


def test_rows_of_candidates_without_choices_are_one_level(space):
    """FaDE's own hyper-architecture: a mixture a row and nothing inside."""
    plain = GrammarSpace(
        "grammar:flat", grammar_of(parse_yaml("{start: a, nodes: 5, rules: {a: [conv3x3-relu, maxpool3x3]}}"))
    )
    opened, skeleton = open_cells(plain.grammar), Skeleton.fade((1, 8, 8), 10, 2, 4)
    own, fades = network_of_choices(opened, skeleton), hyper_of(skeleton, [opened.cells] * 2)
    assert own.layers == fades.layers
