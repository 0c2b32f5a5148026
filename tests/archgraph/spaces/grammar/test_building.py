"""Derivations become the graphs that their rules describe."""

from small_grammar import small

from archgraph import ArchGraph, spaces
from archgraph.spaces.grammar.building import build, size
from archgraph.spaces.grammar.codes import from_native
from archgraph.spaces.grammar.reading import grammar_of


def test_a_residual_joins_what_comes_in():
    grammar = small().grammar
    graph = ArchGraph(*build(grammar, from_native(grammar, "000")))
    assert graph == ArchGraph(
        ["input", "conv3x3-bn-relu", "relu", "sum", "output"], [(0, 1), (1, 2), (0, 3), (2, 3), (3, 4)]
    )


def test_a_repeat_copies_all_that_it_holds():
    grammar = small().grammar
    derivation = from_native(grammar, "20101")  # twice a join of two operations
    ops, edges = build(grammar, derivation)
    assert ops == ["input", *["conv3x3-bn-relu", "maxpool3x3", "sum"] * 2, "output"]
    assert (3, 4) in edges
    assert (3, 5) in edges
    assert size(grammar, derivation) == 6


def test_a_part_of_one_rule_can_be_built_alone():
    grammar = small().grammar
    assert build(grammar, (1,), "op") == (["input", "maxpool3x3", "output"], [(0, 1), (1, 2)])


def test_cells_and_dags_are_those_of_their_spaces():
    cell = spaces.get("nasbench201")
    assert spaces.get("grammar:nasbench201").from_native("013042") == cell.decode((0, 1, 3, 0, 4, 2))
    dag = spaces.get("grammar:dag").from_native("3" + "101001")  # 0-1, 0-3, 2-3
    assert dag == spaces.get("dag").from_native("4:0-1,0-3,2-3")


def test_sinks_are_counted_once():
    grammar = spaces.get("grammar:dag").grammar
    ops, _ = build(grammar, from_native(grammar, "2000"))
    assert ops.count("conv3x3-relu") == 3
    assert size(grammar, from_native(grammar, "2000")) == 3 + 1


def test_choices_of_a_branch_follow_one_another():
    grammar = grammar_of(
        {"start": "a", "nodes": 9, "rules": {"a": [{"parallel": ["b", ["b", "relu"]]}], "b": ["ln", "gelu"]}}
    )
    assert build(grammar, (0, (1,), (0,)))[0] == ["input", "gelu", "ln", "relu", "sum", "output"]
