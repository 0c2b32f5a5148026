import itertools

import pytest
import torch

from archgraph import ArchGraph, CompileError, spaces
from archgraph.networks.macro_skeleton import hyper_of, network_of
from archgraph.networks.published.macro import NASBenchMacroSkeleton, split
from supernet.hyper.hyper import HyperArchitecture
from supernet.network import Network


def test_a_row_is_the_softmax_weighted_sum_of_its_candidates(cells, skeleton):
    rows = [cells[:3], cells[2:4]]
    hyper = HyperArchitecture(rows, skeleton, seed=0).eval()
    plain = Network(hyper_of(skeleton, rows), seed=0).eval()
    images = torch.randn(4, 1, 8, 8)
    with torch.no_grad():
        for alpha, own in zip(hyper.alphas, plain.alphas.values(), strict=True):
            alpha.copy_(torch.randn(len(alpha)))
            own.copy_(alpha)
    torch.testing.assert_close(hyper(images), plain(images), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(hyper(images), hyper(images, [a.softmax(0) for a in hyper.alphas]))


def test_a_path_has_the_cost_of_its_own_network(cells, skeleton):
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0)
    assert hyper.path((0, 1)).blueprint.cost == network_of(skeleton, [cells[0], cells[3]]).cost


def test_every_row_needs_candidates(cells, skeleton):
    for rows, reason in (([cells], "each of 2 rows, but got 1"), ([cells, []], "row 1 has no candidate")):
        with pytest.raises(CompileError, match=reason):
            HyperArchitecture(rows, skeleton, seed=0)


def test_a_node_that_cannot_be_compiled_is_named_with_row_and_cell(cells, skeleton):

    bad = ArchGraph(["input", "matmul", "output"], [(0, 1), (1, 2)])
    with pytest.raises(CompileError, match=r"row 1, cell 2, node 1 \(matmul\)"):
        HyperArchitecture([cells, [*cells[:2], bad]], skeleton, seed=0)


def test_nas_bench_macro_is_one_hyper_architecture_of_eight_rows():
    space = spaces.get("macro")
    rows = [[split(space.from_native(str(digit) * 8))[row] for digit in range(3)] for row in range(8)]
    frame = NASBenchMacroSkeleton((3, 16, 16), 10, channels=4, head=8)
    hyper = HyperArchitecture(rows, frame, seed=0).eval()
    images = torch.randn(2, 3, 16, 16)
    choice = (0, 1, 2, 0, 2, 1, 0, 2)
    path = hyper.path(choice).eval()
    torch.testing.assert_close(hyper.single(images, choice), path(images), atol=1e-4, rtol=1e-3)
    graph = space.from_native("".join(map(str, choice)))
    assert path.blueprint.cost == network_of(frame, split(graph)).cost


@pytest.mark.parametrize(("d", "k"), list(itertools.product((2, 3), (2, 4))))
def test_a_hyper_architecture_runs_the_cells_of_its_rows_and_no_path(cells, d, k):
    from archgraph.networks.skeleton import Skeleton

    frame = Skeleton((1, 8, 8), 10, (4,) * d, (2,) + (1,) * (d - 1))
    made = HyperArchitecture([cells[:k]] * d, frame, 0).blueprint
    per_cell = sum(len([s for s in layer.steps if s.kind == "Conv2d"]) for layer in made.layers)
    convs = sum(op.startswith("conv") for cell in cells[:k] for op in cell.ops)
    assert per_cell == d * (1 + convs)
