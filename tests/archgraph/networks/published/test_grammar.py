"""Networks that grammars derive: those of torchvision and timm parameter for parameter, and all that are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from published_networks import Drawing, mixer, resnet, vit
from torch import nn

from archgraph import ArchGraph, CompileError, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.registry import blueprint, network_name
from supernet.export.files import export_network
from supernet.network import Network

SIDES = (3, 224, 224)


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("blocks", "model"),
    [((2, 2, 2, 2), torchvision.models.resnet18), ((3, 4, 6, 3), torchvision.models.resnet34)],
)
def test_a_resnet_has_the_parameters_of_torchvisions(blocks, model):
    with torch.device("meta"):
        expected = parameters(model())
    assert blueprint(resnet(blocks), "grammar:vision", SIDES, 1000, channels=64).cost.params == expected


def test_a_vision_transformer_has_the_parameters_of_torchvisions():
    """But for the class token and its position, which the average over positions stands for."""
    with torch.device("meta"):
        model = torchvision.models.VisionTransformer(224, 16, 12, 4, 256, 1024)
    made = blueprint(vit(12, 16, 4), "grammar:vision", SIDES, 1000, channels=256)
    assert made.cost.params == parameters(model) - 2 * 256


def test_a_mixer_has_the_parameters_of_its_layers():
    """Mixer-S/16 as timm builds it: 18,528,264 parameters."""
    channels, tokens, positions, depth = 512, 256, 196, 8
    block = 4 * channels + (2 * positions * tokens + tokens + positions) + (8 * channels**2 + 5 * channels)
    expected = 16 * 16 * 3 * channels + channels + depth * block + 2 * channels + 1000 * channels + 1000
    made = blueprint(mixer(8, 16), "grammar:vision", SIDES, 1000, channels=channels)
    assert made.cost.params == expected == 18_528_264


@pytest.mark.parametrize("space", ["grammar:vision", "grammar:sequence"])
@pytest.mark.parametrize("image", [(1, 8, 8), (3, 32, 32)])
def test_members_run_forward_and_backward(space, image):
    found = spaces.get(space)
    for graph in found.sample(6, np.random.default_rng(0)):
        run(graph, space, image, channels=8)


def run(graph: ArchGraph, space: str, image: tuple[int, int, int], channels: int) -> Network:
    made = blueprint(graph, space, image, 5, channels=channels)
    module = Network(made)
    assert parameters(module) == made.cost.params
    assert NetworkChoice(settings={"channels": channels}).cost(graph, space, image, 5) == made.cost
    out = module(torch.randn(2, *image))
    assert out.shape == (2, 5)
    out.square().sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in module.parameters())
    return module


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("image", "count"), [((1, 8, 8), 1000), ((3, 32, 32), 1000), ((3, 224, 224), 1000)])
def test_a_thousand_members_run_on_images_of_any_size(image, count):
    found = spaces.get("grammar:vision")
    for graph in found.sample(count, np.random.default_rng(1)):
        run(graph, found.name, image, channels=4)


def exported(module: Network, folder: Path, image: tuple[int, int, int]) -> None:
    """ONNX gives the same outputs."""
    runtime = pytest.importorskip("onnxruntime", reason="needs the extra onnx and onnxruntime")
    pytest.importorskip("onnxscript", reason="needs the extra onnx")
    module.eval()
    export_network(module, "onnx", folder / "net.onnx")
    session = runtime.InferenceSession(folder / "net.onnx")
    images = torch.randn(3, *image)
    found = torch.from_numpy(session.run(None, {"images": images.numpy()})[0])
    torch.testing.assert_close(found, module(images), atol=1e-4, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("graph", [vit(1, 4, 2), mixer(1, 4)], ids=["vit", "mixer"])
def test_a_network_of_tokens_gives_equal_outputs_as_onnx(graph, tmp_path):
    exported(run(graph, "grammar:vision", (3, 16, 16), channels=8), tmp_path, (3, 16, 16))


@pytest.mark.slow
@pytest.mark.timeout(14_400)
def test_a_thousand_members_give_equal_outputs_as_onnx(tmp_path):
    found = spaces.get("grammar:vision")
    for graph in found.sample(1000, np.random.default_rng(2)):
        exported(run(graph, found.name, (3, 32, 32), channels=4), tmp_path, (3, 32, 32))


def test_cells_of_grammars_stand_in_the_networks_of_their_benchmarks():
    cell = spaces.get("nasbench201").sample(1, np.random.default_rng(0))[0]
    made, known = (blueprint(cell, name, (3, 32, 32), 10).cost for name in ("grammar:nasbench201", "nasbench201"))
    assert made == known
    assert network_name("grammar:mine.yaml", cell) == "custom"
    assert network_name("grammar:mine.yaml", resnet((1, 1))) == "grammar"


def test_channels_that_do_not_divide_are_refused():
    made = Drawing()
    made.add("conv3x3-bn-relu")
    made.residual("conv1x1-e0.25-bn-relu", "conv3x3-bn-relu", "conv1x1-e4-bn")
    with pytest.raises(CompileError, match="cannot make 3/2 channels; take `channels` that are a multiple of 6"):
        blueprint(made.graph(), "grammar:vision", (3, 32, 32), 10, channels=6)
