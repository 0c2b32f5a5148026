"""Expressions: their holes in order, and their texts."""

from archgraph.spaces.grammar.expressions import (
    Dag,
    Hole,
    Op,
    Parallel,
    Repeat,
    Sequence,
    VertexCell,
    holes,
    inner,
    text,
    walk,
)


def test_holes_come_in_the_order_in_which_they_are_written():
    repeat = Repeat(Hole("times"), Parallel("sum", (Hole("a"), Sequence((Hole("b"), Op("ln")))), skip=True))
    assert holes(Sequence((Hole("first"), repeat, Hole("last")))) == ["first", "times", "a", "b", "last"]


def test_a_dag_has_a_hole_for_each_pair_of_vertices():
    dag = Dag(3, Hole("edge"), Op("ln"))
    assert dag.pairs == [(0, 1), (0, 2), (1, 2)]
    assert holes(dag) == ["edge"] * 3
    assert inner(Dag(1, Hole("edge"), Op("ln"))) == ()


def test_expressions_are_written_in_one_line():
    cell = VertexCell("sum", ((0, 1, Op("ln")), (0, 2, Hole("op")), (1, 2, Op("gelu"))))
    assert cell.vertices == 3
    assert text(cell) == "sum(0->1 ln, 0->2 op, 1->2 gelu)"
    assert text(Sequence((Op("ln"), Repeat(Hole("n"), Hole("block"))))) == "ln > n x (block)"


def test_walking_meets_outer_expressions_first():
    row = Sequence((Op("ln"), Parallel("concat", (Op("relu"), Hole("x")), skip=False)))
    assert [text(part) for part in walk(row)] == ["ln > concat(relu, x)", "ln", "concat(relu, x)", "relu", "x"]
