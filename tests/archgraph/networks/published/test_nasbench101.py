"""NAS-Bench-101's network: published parameters."""

import pytest

from archgraph import ArchGraph, ArchTable, CompileError
from archgraph.networks.cost import cost
from archgraph.networks.registry import blueprint


def test_parameters_are_the_published_ones(nasbench):
    table = ArchTable.read(nasbench / "nb101_30001.parquet")
    for i in range(0, len(table), 30):
        assert cost(table[i], "nasbench101").params == table.metrics["params"][i]


@pytest.mark.slow
def test_parameters_of_all_records_are_the_published_ones(nasbench):
    table = ArchTable.read(nasbench / "nb101_30001.parquet")
    assert [cost(graph, "nasbench101").params for graph in table] == table.metrics["params"].tolist()


def test_parameters_are_those_of_the_layers():
    graph = ArchGraph(["input", "conv3x3-bn-relu", "output"], [(0, 1), (1, 2), (0, 2)])
    cells = 0
    for inputs, outputs in ((128, 128), (128, 256), (256, 512)):
        for first in (inputs, outputs, outputs):
            cells += 2 * (first * outputs + 2 * outputs) + 9 * outputs * outputs + 2 * outputs
    assert cost(graph, "nasbench101").params == 27 * 128 + 256 + cells + 5130


def test_fewer_channels_than_vertices_to_share_them_are_refused():
    edges = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]
    graph = ArchGraph(["input", *["conv1x1-bn-relu"] * 3, "output"], edges)
    with pytest.raises(CompileError, match=r"node 3 \(conv1x1-bn-relu\): 2 channels are too few to be shared"):
        blueprint(graph, "nasbench101", (3, 8, 8), 10, channels=2)
