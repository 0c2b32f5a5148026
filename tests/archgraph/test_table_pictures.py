"""Pictures of tables."""

import numpy as np
import pytest

from archgraph import ArchGraph, ArchTable, InputError, draw_table, spaces
from archgraph.networks.cost import cost


def captions(table: ArchTable, id: str | None = None) -> list[list[str]]:
    return [axes.get_title().split("\n") for axes in draw_table(table, id).axes]


@pytest.mark.parametrize("name", ["dag:1-4", "nasbench201", "grammar:vision"])
def test_a_graph_has_its_id_its_native_form_and_its_parameters_above_it(name):
    space = spaces.get(name)
    graphs = space.sample(2, np.random.default_rng(0))
    for graph, lines in zip(graphs, captions(ArchTable.from_graphs(graphs, space=name, ids=["a", "b"])), strict=True):
        assert lines[0] in "ab"
        assert "".join(lines[1:-1]) == space.to_native(graph)
        assert lines[-1] == f"{cost(graph, space).params:,} parameters"


def test_an_id_that_is_the_native_form_stands_there_once():
    table = spaces.sample_table(spaces.get("dag:1-3"), 1, seed=0)
    assert len(captions(table)[0]) == 2


@pytest.mark.parametrize("name", ["", "grammar:gone.yaml", "nasbench201"])
def test_of_a_graph_that_no_space_here_holds_the_metric_params_is_shown(name):
    graph = ArchGraph(["input", "conv3x3", "output"], [(0, 1), (1, 2)])
    known = ArchTable.from_graphs([graph], space=name, ids=["a"], metrics={"params": [1234.5]})
    assert captions(known) == [["a", "params 1,234.5"]]
    assert captions(ArchTable.from_graphs([graph], space=name, ids=["a"])) == [["a"]]


def test_an_id_that_there_is_not_is_refused():
    with pytest.raises(InputError, match="no graph with id 'gone'"):
        draw_table(spaces.get("dag:1-3").enumerate(), "gone")
