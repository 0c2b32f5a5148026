import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from archgraph import ArchGraph, CompileError, spaces
from supernet.bank import CellBank, compile_cell
from supernet.operations import ParallelConv

SPACE = spaces.get("dag:1-5")


def node_by_node(graph, bank, cell, x):
    """The cell's output computed one node after another with the bank's weights."""
    places = {key: (layer, i) for layer, keys in enumerate(bank._members) for i, key in enumerate(keys)}
    values = [x]
    for node, name in enumerate(graph.ops[1:], start=1):
        total = sum(values[s] for s, t in graph.edges if t == node)
        if (cell, node) in places and isinstance(bank.operations[places[cell, node][0]], ParallelConv):
            layer, place = places[cell, node]
            conv = bank.operations[layer]
            total = F.relu(F.conv2d(total, conv.weight[place], conv.bias[place], padding=1))
        else:
            assert name in ("sum", "output")
        values.append(total)
    return values[-1]


def filled(cells, channels, feeds=None):
    bank = CellBank(cells, channels, feeds)
    for cell in range(len(cells)):
        bank.reset(cell, torch.Generator().manual_seed(cell))
    return bank


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_a_bank_gives_the_numbers_of_its_cells_node_by_node(seed, count):
    cells = SPACE.sample(count, np.random.default_rng(seed))
    bank = filled(cells, 3, range(count))
    x = torch.randn(2, count * 3, 4, 5, generator=torch.Generator().manual_seed(seed))
    outputs = bank(x).split(3, dim=1)
    for cell, (graph, lane) in enumerate(zip(cells, x.split(3, dim=1), strict=True)):
        torch.testing.assert_close(outputs[cell], node_by_node(graph, bank, cell, lane), atol=1e-5, rtol=1e-4)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_gradients_of_a_bank_are_those_of_each_cell_alone(seed):
    cells = SPACE.sample(3, np.random.default_rng(seed))
    x = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    together = x.clone().requires_grad_()
    filled(cells, 3)(together).square().sum().backward()
    alone = x.clone().requires_grad_()
    for cell, graph in enumerate(cells):
        single = CellBank([graph], 3)
        single.reset(0, torch.Generator().manual_seed(cell))
        single(alone).square().sum().backward()
    torch.testing.assert_close(together.grad, alone.grad, atol=1e-4, rtol=1e-3)


def test_cells_of_every_vertex_count_compile_and_keep_the_shape():
    for graph in SPACE.enumerate()[::17]:
        assert compile_cell(graph, 4)(torch.randn(1, 4, 6, 6)).shape == (1, 4, 6, 6)


def test_candidates_take_no_more_convolutions_than_the_deepest_of_them():
    bank = CellBank(list(SPACE.enumerate()[-40:]), 4)
    assert sum(isinstance(operation, ParallelConv) for operation in bank.operations) <= 5


def test_an_operation_that_cannot_be_compiled_is_named_with_its_node():
    graph = ArchGraph(["input", "conv3x3-relu", "concat", "output"], [(0, 1), (1, 2), (2, 3)])
    with pytest.raises(CompileError, match="cell 0, node 2: operation concat"):
        compile_cell(graph, 4)


def test_pools_identities_and_sums_compile():
    from archgraph.ops import OPS, Operation

    OPS.register(Operation("test-max-pool", "max_pool", kernel=3))
    graph = ArchGraph(["input", "identity", "test-max-pool", "sum", "output"], [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)])
    x = torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(compile_cell(graph, 4)(x), x + F.max_pool2d(x, 3, 1, 1))
