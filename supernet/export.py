"""A network as a file for others: torch.export's program, ONNX, or Python that needs nothing but torch."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from archgraph.errors import InputError
from archgraph.persistence.files import atomic_path, write_text
from supernet.network import Network

FORMATS = ("pt2", "onnx", "py")
WEIGHTS = ".safetensors"

_TEMPLATE = '''"""{title}

Needs torch alone. `load()` gives the network with its weights:

    python {name} IMAGES.pt      prints the class of each image of a tensor [N, {image}]
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn


class Network(nn.Module):
    """[batch, {image}] -> [batch, {classes}]"""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict(
            {{
{layers}
            }}
        )

    def forward(self, x):
        f = self.layers
{forward}
        return {output}


def load(path=Path(__file__).with_suffix(".safetensors")):
    """The network with the weights that lie beside this file, in evaluation mode."""
    data = Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + size]), bytearray(data[8 + size :])
    types = {{"F32": torch.float32, "I64": torch.int64}}
    state = {{}}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = entry["data_offsets"]
            flat = torch.frombuffer(body[start:end], dtype=types[entry["dtype"]]).clone()
            state[name] = flat.reshape(entry["shape"])
    network = Network()
    network.load_state_dict(state)
    return network.eval()


if __name__ == "__main__":
    print(load()(torch.load(sys.argv[1], weights_only=True)).argmax(1).tolist())
'''


def export_network(
    network: Network, kind: str, path: Path, title: str = "A network written by archgraph."
) -> list[Path]:
    """Write a stand-alone network, whole or not at all; batches may have any size.

    Args:
        network: the network, with its weights.
        kind: `pt2`, `onnx` or `py` (which has its weights beside it in a .safetensors file).
        path: the file.
        title: first line of the Python file.

    Returns:
        The files written.

    Raises:
        InputError: an unknown kind, a network with mixtures, a Python file called like its weights, or a package that
            ONNX needs is missing.
    """
    if kind not in FORMATS:
        raise InputError(f"a network is exported to {', '.join(FORMATS)}, but got {kind[:32]!r}")
    if len(network.alphas):
        raise InputError("a network with mixtures has no single form; choose one path of it first")
    if kind == "py" and path.suffix == WEIGHTS:
        raise InputError(f"{path}: a {WEIGHTS} file of that name holds the weights; call the Python file otherwise")
    training = network.training
    network.eval()
    try:
        if kind == "py":
            return _write_python(network, path, title)
        example = torch.zeros(2, *network.blueprint.shapes[0])
        with atomic_path(path) as temporary:
            (_write_pt2 if kind == "pt2" else _write_onnx)(_Plain(network).cpu().eval(), example, temporary)
        return [path]
    finally:
        network.train(training)


def python_source(network: Network, name: str, title: str) -> str:
    """The network as a Python module that needs nothing but torch."""
    blueprint = network.blueprint
    effective = blueprint.effective
    layers, forward = [], []
    for number in effective:
        layer = blueprint.layers[number]
        values = [f"v{source}" if source else "x" for source in layer.sources]
        if layer.cut:
            values = [
                value if blueprint.shapes[source][0] <= layer.cut else f"{value}[:, :{layer.cut}]"
                for value, source in zip(values, layer.sources, strict=True)
            ]
        joined = f"torch.cat([{', '.join(values)}], 1)" if layer.join == "concat" else " + ".join(values)
        forward.append(
            f"        v{number} = f[{layer.name!r}]({joined})" if layer.steps else f"        v{number} = {joined}"
        )
        if layer.steps:
            steps = ", ".join(step.code() for step in layer.steps)
            layers.append(f"                {layer.name!r}: nn.Sequential({steps}),")
    return _TEMPLATE.format(
        title=" ".join(title.split()).replace('"', "'").replace("\\", "/"),
        name=name,
        image=", ".join(map(str, blueprint.shapes[0])),
        classes=blueprint.shapes[blueprint.output][0],
        layers="\n".join(layers),
        forward="\n".join(forward),
        output=f"v{blueprint.output}",
    )


class _Plain(nn.Module):
    """A network that takes images alone."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.network(images)
        return logits


def _write_python(network: Network, path: Path, title: str) -> list[Path]:
    blueprint = network.blueprint
    effective = {blueprint.layers[number].name for number in blueprint.effective}
    state = {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items() if k.split(".")[1] in effective}
    beside = path.with_suffix(WEIGHTS)
    with atomic_path(beside) as temporary:
        save_file(state, temporary)
    write_text(path, python_source(network, path.name, title))
    return [path, beside]


def _write_pt2(network: nn.Module, example: torch.Tensor, path: Path) -> None:
    batch = torch.export.Dim("batch", min=1, max=1 << 16)
    torch.export.save(torch.export.export(network, (example,), dynamic_shapes=({0: batch},)), path)


def _write_onnx(network: nn.Module, example: torch.Tensor, path: Path) -> None:
    try:
        import onnxscript  # noqa: F401
    except ImportError:
        raise InputError("ONNX needs packages that are not installed; pip install 'archgraph[onnx]'") from None
    batch = torch.export.Dim("batch", min=1, max=1 << 16)
    torch.onnx.export(
        network,
        (example,),
        path,
        input_names=["images"],
        output_names=["logits"],
        dynamic_shapes=({0: batch},),
        dynamo=True,
        external_data=False,
        verbose=False,
    )
