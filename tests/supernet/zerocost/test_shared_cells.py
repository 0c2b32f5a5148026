import pytest
import torch
import torch.nn.functional as F

from archgraph import CompileError, Operation, spaces
from archgraph.networks.channels import channel_shares
from archgraph.ops import OPS
from supernet.zerocost.shared_cells import CellGraphs, SharedCells, SharedWeights, check
from supernet.zerocost.synthetic import CLASSES, synthetic_images


def test_a_cell_of_nasbench101_projects_its_input_and_concatenates_shares():
    ops = torch.tensor([[OPS.index(name) for name in ("input", "conv3x3-bn-relu", "maxpool3x3", "output")]])
    edges = torch.zeros(1, 4, 4, dtype=torch.bool)
    edges[0, [0, 0, 0, 1, 2], [1, 2, 3, 3, 3]] = True
    weights, (images, _) = SharedWeights(0, torch.device("cpu")), synthetic_images(0)
    shares = torch.from_numpy(channel_shares(edges.numpy()))
    found = SharedCells(weights, CLASSES, {})(images, CellGraphs(ops, edges, shares)).outputs[0][0]

    def block(x, *key, kernel=1):
        x = F.conv2d(x, weights(*key, out=16, inp=x.shape[1], kernel=kernel), padding=kernel // 2)
        return F.batch_norm(x, None, None, training=True).relu()

    def half(x):
        return torch.cat([x[:, :8], torch.zeros_like(x[:, 8:])], dim=1)

    stem = block(images, "stem", kernel=3)
    conv = block(half(block(stem, 1, "project", 1)), 1, 1, "conv3x3-bn-relu", kernel=3)
    pool = F.max_pool2d(block(stem, 1, "project", 2), 3, 1, 1)
    expected = torch.cat([conv[:, :8], pool[:, :8]], dim=1) + block(stem, 1, "project", -1)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_a_node_of_other_spaces_sums_what_comes_in():
    graph = spaces.get("dag:4").from_native("4:0-1,0-2,1-3,2-3")
    ops, edges = graph.x[None], torch.zeros(1, len(graph.ops), len(graph.ops), dtype=torch.bool)
    edges[0, *graph.edge_index] = True
    passage = SharedCells(SharedWeights(0, torch.device("cpu")), CLASSES, {})(
        synthetic_images(0)[0], CellGraphs(ops, edges)
    )
    for node, name in enumerate(graph.ops[1:], start=1):
        if name == "sum":
            fed = [s for s, t in graph.edges if t == node]
            values = [passage.first, *passage.nodes]
            torch.testing.assert_close(values[node], sum(values[s] for s in fed))


def test_weights_depend_on_their_own_key_and_the_seed_alone():
    one, other = SharedWeights(0, torch.device("cpu")), SharedWeights(0, torch.device("cpu"))
    other("another", out=2, inp=2)
    assert torch.equal(one("stem", out=4, inp=3), other("stem", out=4, inp=3))
    assert not torch.equal(one("stem", out=4, inp=3), SharedWeights(1, torch.device("cpu"))("stem", out=4, inp=3))
    assert one("stem", out=4, inp=3) is one("stem", out=4, inp=3)


def test_operations_that_change_the_size_are_refused():
    check(Operation("test-same", "conv", kernel=3))
    with pytest.raises(CompileError, match="test-halved changes the size of its input"):
        check(Operation("test-halved", "conv", kernel=3, stride=2))
