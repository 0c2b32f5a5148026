import pytest
import torch

from archgraph import CompileError, spaces
from archgraph.networks.macro import NASBenchMacroSkeleton, split
from archgraph.networks.macro_skeleton import hyper_of, network_of
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


def test_a_path_by_index_is_the_one_hot_mixture(cells, skeleton):
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0).eval()
    images = torch.randn(4, 1, 8, 8)
    mixed = hyper(images, [torch.eye(3)[1], torch.eye(3)[2]])
    torch.testing.assert_close(hyper.single(images, (1, 2)), mixed, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(hyper.path((1, 2)).eval()(images), mixed, atol=1e-5, rtol=1e-4)


def test_images_of_one_batch_can_have_mixtures_of_their_own(cells, skeleton):
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0).eval()
    images = torch.randn(3, 1, 8, 8)
    mixtures = [torch.rand(3, n).softmax(1) for n in (3, 3)]
    each = [hyper(images[b : b + 1], [m[b] for m in mixtures]) for b in range(3)]
    torch.testing.assert_close(hyper(images, mixtures), torch.cat(each), atol=1e-5, rtol=1e-4)


def test_gradients_of_a_single_path_reach_its_weights_alone(cells, skeleton):
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0)
    before = {name: value.clone() for name, value in hyper.bank.state().items() if "running_mean" in name}
    hyper.single(torch.randn(4, 1, 8, 8), (1, 2)).square().sum().backward()
    reached = {name for name, stacked, i in hyper.bank.tensors() if stacked.grad is not None and stacked.grad[i].any()}
    assert any(name.startswith("layers.row0_cell1_") for name in reached)
    assert not any(name.startswith(("layers.row0_cell0_", "layers.row1_cell0_")) for name in reached)
    moved = {name for name, value in hyper.bank.state().items() if name in before and not value.equal(before[name])}
    assert moved == {"layers.row0_cell1_norm.0.running_mean", "layers.row1_cell2_norm.0.running_mean"}


def test_a_path_has_the_cost_of_its_own_network(cells, skeleton):
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0)
    assert hyper.path((0, 1)).blueprint.cost == network_of(skeleton, [cells[0], cells[3]]).cost


def test_architecture_parameters_start_equal_and_are_apart_from_the_weights(cells, skeleton):
    hyper = HyperArchitecture([cells, cells], skeleton, seed=0)
    assert all((row == 1 / len(cells)).all() for row in hyper.probabilities())
    own = {id(alpha) for alpha in hyper.alphas}
    assert not own & {id(weight) for weight in hyper.weights()}
    assert len(list(hyper.weights())) + 2 == len(list(hyper.parameters()))


def test_every_row_needs_candidates(cells, skeleton):
    for rows, reason in (([cells], "each of 2 rows, but got 1"), ([cells, []], "row 1 has no candidate")):
        with pytest.raises(CompileError, match=reason):
            HyperArchitecture(rows, skeleton, seed=0)


def test_a_node_that_cannot_be_compiled_is_named_with_row_and_cell(cells, skeleton):
    from archgraph import ArchGraph

    bad = ArchGraph(["input", "attention", "output"], [(0, 1), (1, 2)])
    with pytest.raises(CompileError, match=r"row 1, cell 2, node 1 \(attention\)"):
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
