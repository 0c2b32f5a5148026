"""Formats in text: NAS-Bench-Macro's JSON, DARTS genotypes, networkx."""

from __future__ import annotations

import json

import networkx as nx
import pytest
from broken_inputs import COUNTS, as_json, cut_or_flip

from archgraph import ArchGraph, InputError, spaces
from archgraph.formats.genotypes import read_genotypes
from archgraph.formats.macro import read_macro
from archgraph.formats.networkx import read_networkx

MACRO = {
    "02012100": {"test_acc": [89.4, 89.1, 88.9], "mean_acc": 89.2, "std": 0.2, "params": 890666, "flops": 47327744},
    "11111221": {"test_acc": [92.1, 92.4, 92.3], "mean_acc": 92.3, "std": 0.1, "params": 2181386, "flops": 65012224},
}
DARTS = """from collections import namedtuple
Genotype = namedtuple('Genotype', 'normal normal_concat reduce reduce_concat')
PRIMITIVES = ['none', 'max_pool_3x3']

DARTS_V2 = Genotype(
    normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1),
            ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)],
    normal_concat=[2, 3, 4, 5],
    reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1),
            ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)],
    reduce_concat=range(2, 6))
print("never run"); open("/nonexistent/file")
"""


def test_macros_file_is_read(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps(MACRO))
    table = read_macro(tmp_path / "m.json")
    assert [spaces.get("macro").to_native(graph) for graph in table] == table.ids.tolist() == list(MACRO)
    assert table.metrics.iloc[1].to_dict() == {
        **{"test_run0": 92.1, "test_run1": 92.4, "test_run2": 92.3, "test_mean": 92.3, "test_std": 0.1},
        **{"params": 2181386, "flops": 65012224},
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "object of architecture codes"),
        ("{", "not valid JSON"),
        ('{"02012109": {}}', "architecture 0"),
        ('{"02012100": []}', "list `test_acc`"),
        ('{"02012100": {"mean_acc": "high"}}', "test_mean is not a finite number"),
        ('{"02012100": {"params": 1' + "0" * 400 + "}}", "params is not a finite number"),
        ('{"02012100": {"flops": NaN}}', "NaN is not a JSON number"),
    ],
)
def test_another_macro_file_is_refused(tmp_path, text, reason):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(InputError, match=reason):
        read_macro(tmp_path / "m.json")


@pytest.mark.parametrize("count", COUNTS)
def test_macro_files_with_odd_values_are_refused_or_read(survives, count):
    assert survives(read_macro, as_json(MACRO), "m.json", count) > count / 4


def test_genotypes_of_a_python_file_are_read_and_the_file_is_not_run(tmp_path):
    (tmp_path / "genotypes.py").write_text(DARTS)
    table = read_genotypes(tmp_path / "genotypes.py")
    assert table.ids.tolist() == ["DARTS_V2"]
    native = spaces.get("darts").to_native(table[0])
    assert "('dil_conv_3x3', 2)" in native
    assert table[0] == spaces.get("darts").from_native(native)


def test_a_list_of_genotypes_is_numbered(tmp_path):
    space = spaces.get("darts")
    native = space.to_native(read_table(tmp_path)[0])
    (tmp_path / "g.txt").write_text(f"{native}\n\n{native.replace('Genotype', 'genotypes.Genotype')}\n")
    table = read_genotypes(tmp_path / "g.txt")
    assert table.ids.tolist() == ["0", "1"]
    assert table[0] == table[1]


def read_table(tmp_path):
    (tmp_path / "genotypes.py").write_text(DARTS)
    return read_genotypes(tmp_path / "genotypes.py")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("'sep_conv_3x3', 0", "'sep_conv_9x9', 0"), "sep_conv_9x9"),
        (("'sep_conv_3x3', 0", "'sep_conv_3x3', 7"), "genotype 0"),
        (("('sep_conv_3x3', 0)", "__import__('os').system('true')"), "names and numbers only"),
        (("('sep_conv_3x3', 0)", "(" * 150 + ")" * 150), "pairs like"),
        (("('sep_conv_3x3', 0)", "(" * 9000), "not Python text"),
        (("normal_concat=[2, 3, 4, 5]", "normal_concat=range(0, 10**9)"), "names and numbers only"),
        (("reduce_concat=range(2, 6)", "extra=1"), "each once"),
        (("Genotype(\n", "Other(\n"), "holds no Genotype"),
    ],
)
def test_a_broken_genotype_is_refused(tmp_path, change, reason):
    (tmp_path / "g.py").write_text(DARTS.replace(*change, 1))
    with pytest.raises(InputError, match=reason):
        read_genotypes(tmp_path / "g.py")


@pytest.mark.parametrize("count", COUNTS)
def test_damaged_genotypes_are_refused_or_read(survives, count):
    assert survives(read_genotypes, cut_or_flip(DARTS.encode()), "g.py", count) > count / 4


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
