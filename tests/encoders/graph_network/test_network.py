import numpy as np
import pytest
import torch

from archgraph import ArchGraph, ArchTable, spaces
from archgraph.errors import InputError
from archgraph.operation import Operation
from archgraph.ops import OPS
from encoders.graph_network.graphs import DenseGraphs
from encoders.graph_network.network import GraphNetwork

CONV, POOL = "conv3x3-bn-relu", "maxpool3x3"


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return GraphNetwork(hidden=16, layers=2).eval()


def read(network, *graphs, **options):
    return network.read(ArchTable.from_graphs(list(graphs)), **options)


def chain(nodes, operation=CONV):
    return ArchGraph(["input", *[operation] * (nodes - 2), "output"], [(i, i + 1) for i in range(nodes - 1)])


def test_graphs_of_5_to_500_nodes_read_together_as_alone(network):
    graphs = [chain(5), chain(500), *spaces.get("nasbench201").sample(4, np.random.default_rng(0)), chain(120)]
    together = read(network, *graphs)
    assert together.shape == (7, network.readout)
    for row, graph in zip(together, graphs, strict=True):
        torch.testing.assert_close(read(network, graph)[0], row, atol=1e-4, rtol=1e-4)


def test_the_order_of_nodes_does_not_count_and_edges_do(network):
    edges = [(0, 1), (0, 2), (1, 3), (2, 4), (3, 4)]
    one = ArchGraph(["input", CONV, POOL, CONV, "output"], edges)
    same = ArchGraph(["input", POOL, CONV, CONV, "output"], [(0, 1), (0, 2), (2, 3), (1, 4), (3, 4)])
    other = ArchGraph(["input", CONV, POOL, CONV, "output"], [*edges, (2, 3)])
    first, second, third = read(network, one, same, other)
    torch.testing.assert_close(first, second, atol=1e-5, rtol=1e-5)
    assert (first - third).abs().max() > 1e-3


@pytest.mark.parametrize("name", ["dag:1-4", "nasbench201", "darts"])
@pytest.mark.parametrize("effective", [False, True])
def test_a_table_reads_as_dense_arrays_do(network, name, effective):
    table = ArchTable.from_graphs(spaces.get(name).sample(30, np.random.default_rng(0)))
    with torch.no_grad():
        expected = network(DenseGraphs.of(table.columns, effective))
    torch.testing.assert_close(network.read(table, effective), expected, atol=1e-5, rtol=1e-5)


def test_only_what_is_effective_is_read_where_that_is_wanted(network):
    def cell(operation):
        return ArchGraph(
            ["input", CONV, "zero", operation, "sum", "output"], [(0, 1), (0, 2), (2, 3), (1, 4), (3, 4), (4, 5)]
        )

    all_of_it = read(network, cell(CONV), cell(POOL))
    assert (all_of_it[0] - all_of_it[1]).abs().max() > 1e-3
    effective = read(network, cell(CONV), cell(POOL), effective=True)
    torch.testing.assert_close(effective[0], effective[1])


def test_an_operation_never_seen_is_read_by_what_it_does(network):
    OPS.register(Operation("unseen-conv3x3-bn-relu", "conv", kernel=3, activation="post", norm=True))
    known, alike, unlike = read(network, chain(4), chain(4, "unseen-conv3x3-bn-relu"), chain(4, POOL))
    assert 0 < (known - alike).norm() < (known - unlike).norm()


def test_every_weight_learns(network):
    table = ArchTable.from_graphs(spaces.get("nasbench201").sample(8, np.random.default_rng(0)))
    fresh = GraphNetwork(hidden=16, layers=2)
    fresh(DenseGraphs.of(table.columns)).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in fresh.parameters())


def test_no_graph_gives_no_row(network):
    assert network.read(ArchTable.from_graphs([chain(3)])[:0]).shape == (0, network.readout)


@pytest.mark.parametrize("sizes", [{"hidden": 0}, {"layers": 1.5}])
def test_sizes_that_make_no_sense_are_refused(sizes):
    with pytest.raises(InputError, match="from 1"):
        GraphNetwork(**sizes)
