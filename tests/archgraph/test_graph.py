"""None"""

import networkx as nx
import pytest
import torch
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader

from archgraph import ArchGraph, GraphError

DIAMOND = (
    ["input", "conv3x3-relu", "identity", "output"],
    [(0, 1), (0, 2), (1, 3), (2, 3)],
)


def test_a_graph_keeps_its_operations_and_sorted_edges():
    graph = ArchGraph(DIAMOND[0], DIAMOND[1][::-1])
    assert graph.ops == tuple(DIAMOND[0])
    assert graph.edges == DIAMOND[1]
    assert repr(graph) == "ArchGraph(nodes=4, edges=4, ops=[1 conv3x3-relu, 1 identity])"


def test_isomorphic_graphs_are_equal_and_others_are_not():
    graph = ArchGraph(*DIAMOND)
    swapped = ArchGraph(["input", "identity", "conv3x3-relu", "output"], DIAMOND[1])
    other = ArchGraph(["input", "identity", "identity", "output"], DIAMOND[1])
    assert graph == swapped
    assert hash(graph) == hash(swapped)
    assert graph != other
    assert graph.canonical().ops == swapped.canonical().ops


def test_graphs_batch_and_come_back_from_a_batch():
    graphs = [ArchGraph(*DIAMOND), ArchGraph(["input", "output"], [(0, 1)])]
    batch = Batch.from_data_list(graphs)
    assert batch.x.shape == (6,)
    assert [batch[i] == graphs[i] for i in range(2)] == [True, True]
    [loaded] = DataLoader(graphs, batch_size=2)
    assert torch.equal(loaded.edge_index, batch.edge_index)


def test_networkx_and_back_gives_the_same_graph():
    graph = ArchGraph(*DIAMOND)
    shuffled = nx.relabel_nodes(graph.to_networkx(), {0: "z", 1: "y", 2: "x", 3: "a"})
    assert ArchGraph.from_networkx(shuffled) == graph


def test_a_networkx_graph_with_a_cycle_or_without_operations_is_refused():
    cyclic = nx.DiGraph([(0, 1), (1, 0)])
    with pytest.raises(GraphError, match="no `op` attribute"):
        ArchGraph.from_networkx(cyclic)
    nx.set_node_attributes(cyclic, "sum", "op")
    with pytest.raises(GraphError, match="acyclic"):
        ArchGraph.from_networkx(cyclic)


def test_parallel_edges_of_networkx_are_refused():
    parallel = nx.MultiDiGraph([(0, 1), (0, 1)])
    nx.set_node_attributes(parallel, {0: "input", 1: "output"}, "op")
    with pytest.raises(GraphError, match="twice"):
        ArchGraph.from_networkx(parallel)
