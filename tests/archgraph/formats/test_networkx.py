"""Graphs that networkx wrote."""

from __future__ import annotations

import json

import networkx as nx
import numpy as np
import pytest
from broken_inputs import COUNTS, as_json, cut_or_flip

from archgraph import ArchGraph, InputError, spaces
from archgraph.formats.networkx import read_networkx
from archgraph.table.table import ArchTable


def chain() -> nx.DiGraph:
    graph = ArchGraph(["input", "conv3x3-relu", "sum", "output"], [(0, 1), (1, 2), (0, 2), (2, 3)]).to_networkx()
    graph.graph.update(name="mine", acc=0.9)
    return graph


@pytest.mark.parametrize("edges", ["edges", "links"])
def test_node_link_json_is_read_with_metrics_and_name(tmp_path, edges):
    content = nx.node_link_data(chain(), edges=edges)
    (tmp_path / "g.json").write_text(json.dumps([content, content]))
    table = read_networkx(tmp_path / "g.json")
    assert table[0] == ArchGraph.from_networkx(chain())
    assert table.ids.tolist() == ["mine", "mine"]
    assert table.metrics["acc"].tolist() == [0.9, 0.9]


def test_graphml_is_read(tmp_path):
    graph = nx.relabel_nodes(chain(), {0: "in", 3: "out"})
    nx.write_graphml(graph, tmp_path / "g.graphml")
    table = read_networkx(tmp_path / "g.graphml")
    assert table[0] == ArchGraph.from_networkx(chain())
    assert table.metrics["acc"].tolist() == [0.9]


def test_a_graph_with_a_cycle_an_unknown_operation_or_no_operation_is_refused(tmp_path):
    for change, reason in (
        (lambda g: g.add_edge(2, 1), "acyclic"),
        (lambda g: g.nodes[1].update(op="nothing"), "unknown operation 'nothing'"),
        (lambda g: g.nodes[1].pop("op"), "no `op`"),
        (lambda g: g.remove_edge(2, 3), "lies on no path"),
    ):
        graph = chain()
        change(graph)
        (tmp_path / "g.json").write_text(json.dumps(nx.node_link_data(graph, edges="edges")))
        with pytest.raises(InputError, match=reason):
            read_networkx(tmp_path / "g.json")


def test_an_undirected_graph_is_refused(tmp_path):
    nx.write_graphml(chain().to_undirected(), tmp_path / "g.graphml")
    (tmp_path / "g.json").write_text(json.dumps(nx.node_link_data(chain().to_undirected(), edges="edges")))
    for name in ("g.graphml", "g.json"):
        with pytest.raises(InputError, match="directed"):
            read_networkx(tmp_path / name)


def test_an_entity_bomb_is_refused(tmp_path):
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    text = f'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a0 "lol">{entities}]><graphml>&a11;</graphml>'
    (tmp_path / "g.graphml").write_text(text)
    with pytest.raises(InputError, match="not a GraphML file"):
        read_networkx(tmp_path / "g.graphml")


def test_a_file_of_no_format_is_refused(tmp_path):
    with pytest.raises(InputError, match="GraphML"):
        read_networkx(tmp_path / "g.gml")
    with pytest.raises(InputError, match="no file"):
        read_networkx(tmp_path / "g.json")


@pytest.fixture(scope="module")
def table() -> ArchTable:
    graphs = spaces.get("dag:1-4").sample(6, np.random.default_rng(0))
    meta = [{"by": "hand", "seeds": [0, 1]}, None, None, {}, {"a": {"b": {"c": 0.5}}}, None]
    return ArchTable.from_graphs(graphs, space="dag", metrics={"acc": np.arange(6) / 10}, meta=meta)


@pytest.mark.parametrize("count", COUNTS)
def test_node_link_json_with_odd_values(table, survives, count):
    import networkx as nx

    from archgraph.formats.networkx import read_networkx

    content = [nx.node_link_data(graph.to_networkx(), edges="edges") for graph in table[:3]]
    assert survives(read_networkx, as_json(content), "t.json", count) > count / 4


@pytest.mark.parametrize("count", COUNTS)
def test_graphml_that_is_damaged(table, survives, tmp_path, count):
    import networkx as nx

    from archgraph.formats.networkx import read_networkx

    nx.write_graphml(table[0].to_networkx(), tmp_path / "valid.graphml")
    make = cut_or_flip((tmp_path / "valid.graphml").read_bytes())
    assert survives(read_networkx, make, "t.graphml", count) > count / 4
