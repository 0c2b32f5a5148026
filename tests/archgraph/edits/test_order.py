"""Edges in any order made a graph in topological order."""

import pytest

from archgraph import GraphError
from archgraph.edits.order import topological


def test_topological_order_keeps_input_first_and_output_last() -> None:
    ops, edges = topological(["input", "output", "a", "b"], [(0, 3), (3, 2), (2, 1)], output=1)
    assert ops == ("input", "b", "a", "output")
    assert edges == [(0, 1), (1, 2), (2, 3)]
    with pytest.raises(GraphError, match="cycle"):
        topological(["input", "a", "b", "output"], [(0, 1), (1, 2), (2, 1), (2, 3)])
