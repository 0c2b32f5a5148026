import numpy as np
import pytest
import torch
from torch.nn import functional as F

from archgraph import OPS, ArchGraph, CompileError, Operation, spaces
from archgraph.networks.cells import MIXTURE
from supernet.compile import compile_cell


def chain(*ops):
    names = ["input", *ops, "output"]
    return ArchGraph(names, [(i, i + 1) for i in range(len(names) - 1)])


@pytest.mark.parametrize(
    "name",
    [
        "conv3x3-relu",
        "conv3x3-d2-bn-relu",
        "conv3x3-dw",
        "conv1x1-g2-bn-silu",
        "maxpool3x3",
        "avgpool5x5",
        "identity",
        "bn-relu",
        "gelu",
        "sepconv3x3",
        "dilconv5x5",
        "mbconv3x3-e3",
    ],
)
def test_operations_keep_the_shape(name):
    spaces.get("darts"), spaces.get("macro")
    assert compile_cell(chain(name), 4)(torch.randn(2, 4, 6, 7)).shape == (2, 4, 6, 7)


def test_a_cell_sums_concatenates_and_runs_its_operations_in_order():
    graph = ArchGraph(
        ["input", "conv3x3-relu", "avgpool3x3", "sum", "concat", "output"],
        [(0, 1), (0, 2), (1, 3), (2, 3), (1, 4), (3, 4), (4, 5)],
    )
    cell = compile_cell(graph, 3)
    x = torch.randn(2, 3, 5, 5)
    conv = cell.layers["node1"][0]
    first = F.relu(F.conv2d(x, conv.weight, conv.bias, padding=1))
    pooled = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    torch.testing.assert_close(cell(x), torch.cat([first, first + pooled], 1))


def test_what_is_joined_with_zero_is_itself_and_zero_alone_is_zero():
    spaces.get("nasbench201")
    both = ArchGraph(["input", "zero", "identity", "sum", "output"], [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)])
    x = torch.randn(2, 3, 4, 4)
    torch.testing.assert_close(compile_cell(both, 3)(x), x)
    assert not compile_cell(chain("zero"), 3)(x).any()
    assert not compile_cell(chain("zero", "maxpool3x3"), 3)(x).any()


def test_a_mixed_operation_is_the_softmax_weighted_sum_of_its_inputs():
    graph = ArchGraph(["input", "identity", "avgpool3x3", MIXTURE, "output"], [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)])
    cell = compile_cell(graph, 2)
    x = torch.randn(2, 2, 5, 5)
    with torch.no_grad():
        cell.alphas["mixture_3"].copy_(torch.tensor([0.0, 1.0]))
    weights = torch.tensor([0.0, 1.0]).softmax(0)
    expected = weights[0] * x + weights[1] * F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
    torch.testing.assert_close(cell(x), expected)


def test_a_nasbench101_cell_has_its_projections_and_channel_splitting():
    graph = ArchGraph(["input", "conv3x3-bn-relu", "maxpool3x3", "output"], [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)])
    cell = compile_cell(graph, 7, "nasbench101")
    assert cell.layers["project1"][0].out_channels == 4
    assert cell.layers["project2"][0].out_channels == 3
    assert cell.layers["project3"][0].out_channels == 7
    assert cell(torch.randn(2, 7, 4, 4)).shape == (2, 7, 4, 4)


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ("matmul", "cannot be compiled; a cell holds"),
        ("conv2x2", "even window"),
        ("prelu", "activation prelu cannot be compiled"),
        ("conv3x3-g3", "4 channels do not split into 3 groups"),
    ],
)
def test_an_operation_that_cannot_be_compiled_is_named_with_its_node(operation, reason):
    with pytest.raises(CompileError, match=rf"node 2 \({operation}\): .*{reason}"):
        compile_cell(chain("conv3x3-relu", operation), 4)


def test_values_that_do_not_fit_together_are_named_with_their_node():
    OPS.register(Operation("test-halving", "conv", kernel=3, stride=2))
    graph = ArchGraph(["input", "test-halving", "sum", "output"], [(0, 1), (0, 2), (1, 2), (2, 3)])
    with pytest.raises(CompileError, match=r"node 2 \(sum\): node2: cannot join"):
        compile_cell(graph, 4)


def test_a_graph_of_several_cells_is_no_cell():
    graph = spaces.get("darts").sample(1, np.random.default_rng(0))[0]
    with pytest.raises(CompileError, match="more than one cell"):
        compile_cell(graph, 4)
