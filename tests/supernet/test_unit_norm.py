import pytest
import torch

from archgraph.networks.blueprint import Blueprint
from archgraph.networks.macro_skeleton import hyper_of, network_of
from archgraph.networks.skeleton import Skeleton
from archgraph.networks.steps import RELU, conv, unit_norm
from supernet.bank.bank import Bank
from supernet.export.files import export_network
from supernet.network import Network
from supernet.unit_norm import UnitNorm


@pytest.mark.parametrize("detach", [False, True])
def test_values_are_divided_by_the_norm_of_the_whole_batch(detach):
    norm, values = UnitNorm(detach), torch.randn(5, 3, 4, 4, requires_grad=True)
    found = norm(values)
    torch.testing.assert_close(found, values / values.norm())
    (found * values.detach()).sum().backward()  # along the values: without the norm's gradient the slope is its inverse
    expected = values.detach() / values.detach().norm() if detach else torch.zeros_like(values)
    torch.testing.assert_close(values.grad, expected, atol=1e-6, rtol=1e-4)


def test_in_evaluation_images_do_not_depend_on_those_beside_them():
    norm, values = UnitNorm(), torch.randn(5, 3, 4, 4)
    for _ in range(200):
        norm(values)
    torch.testing.assert_close(norm.eval()(values)[:2], norm(values[:2]))
    torch.testing.assert_close(norm(values), values / values.norm(), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("large", [0, 1 << 30], ids=["one by one", "together"])
def test_a_bank_gives_each_network_its_own_norm(large, monkeypatch):
    monkeypatch.setattr("supernet.bank.bank.LARGE", large)
    made = Blueprint((3, 8, 8))
    first = made.add("first", 0, conv(3, 4, 3), RELU, unit_norm())
    made.add("second", [first, made.add("other", 0, unit_norm(detach=True), conv(3, 4, 1))], unit_norm())
    bank, images = Bank([made, made], seeds=[0, 1]), torch.randn(6, 3, 8, 8)
    together = bank(images)
    for number in range(2):
        alone = Network(made, seed=number)
        torch.testing.assert_close(together[:, number], alone(images), atol=1e-6, rtol=1e-4)
        for name, value in bank.state(number).items():
            torch.testing.assert_close(alone.state_dict()[name], value, atol=1e-6, rtol=1e-4)


@pytest.fixture
def frame():
    return Skeleton((1, 8, 8), 10, (4, 8), (2, 2), norm="sums")


def test_every_sum_of_a_cell_and_every_mixture_is_normalised(cells, frame):
    made = network_of(frame, [cells[3], cells[1]])  # four vertices and the output, two and the output
    kinds = [(layer.join, step) for layer in made.layers for step in layer.steps if step.kind == "UnitNorm"]
    assert [step for _, step in kinds].count(unit_norm()) == 5 + 3
    assert [step for _, step in kinds].count(unit_norm(detach=True)) == 2
    assert made.cost == network_of(Skeleton((1, 8, 8), 10, (4, 8), (2, 2), norm="none"), [cells[3], cells[1]]).cost
    assert len(hyper_of(frame, [cells, cells]).mixtures) == 2


def test_a_network_with_it_is_exported_with_the_norms_of_its_training(cells, frame, tmp_path):
    network, images = Network(network_of(frame, [cells[3], cells[1]]), seed=0), torch.randn(7, 1, 8, 8)
    for _ in range(3):
        network(images)
    expected = network.eval()(images)
    for kind in ("py", "pt2", "onnx"):
        export_network(network, kind, tmp_path / f"network.{kind}")
    import onnxruntime

    session = onnxruntime.InferenceSession(tmp_path / "network.onnx")
    [found] = session.run(None, {session.get_inputs()[0].name: images.numpy()})
    torch.testing.assert_close(torch.from_numpy(found), expected, atol=1e-5, rtol=1e-4)
    scope = {"__name__": "exported", "__file__": str(tmp_path / "network.py")}
    exec((tmp_path / "network.py").read_text(), scope)
    torch.testing.assert_close(scope["load"]()(images), expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(
        torch.export.load(tmp_path / "network.pt2").module()(images), expected, atol=1e-5, rtol=1e-4
    )
