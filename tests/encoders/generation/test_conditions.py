"""Conditions on graphs of any space, also of one's own."""

import numpy as np
import pytest

from archgraph import InputError, spaces
from archgraph.cost import cost
from encoders.generation.conditions import at_most, first_that_fulfil

DESCRIPTION = """
name: own-conditions
operations:
  - {name: conv7x7-conditions, kind: conv, kernel: 7, activation: post}
cell: {rule: nodes, max_vertices: 5, max_edges: 6, choices: [conv7x7-conditions, identity]}
"""


@pytest.mark.parametrize("name", ["dag:4", "dag:1-3x2", "transnas:macro", "own"])
def test_parameters_are_counted_in_every_space(name, tmp_path):
    (tmp_path / "own.yaml").write_text(DESCRIPTION)
    space = spaces.get(f"custom:{tmp_path / 'own.yaml'}" if name == "own" else name)
    graphs = space.sample(20, np.random.default_rng(0))
    counts = [cost(graph, space).params for graph in graphs]
    limit = float(np.median(counts))
    found = first_that_fulfil([(graph, space.name) for graph in graphs], 5, [at_most(limit, {space.name: space})])
    few = [graph for graph, count in zip(graphs, counts, strict=True) if count <= limit]
    assert [graph for graph, _ in found] == few[:5]


def test_a_graph_of_no_known_space_is_refused():
    graph = spaces.get("dag:4").sample(1, np.random.default_rng(0))[0]
    with pytest.raises(InputError, match="no space"):
        at_most(1e6, {})((graph, ""))
