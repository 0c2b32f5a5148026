"""A network as a file for others: torch.export's program, ONNX, or Python that needs nothing but torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from archgraph.errors import InputError
from archgraph.persistence.files import atomic_path, write_text
from supernet.export.deployment import DeployedNetwork, Deployment
from supernet.export.python import python_source
from supernet.export.python_program import program_source, weights_by_number
from supernet.imported.network import ImportedNetwork
from supernet.network import Network

FORMATS = ("pt2", "onnx", "py")
WEIGHTS = ".safetensors"


def export_network(
    network: Network,
    kind: str,
    path: Path,
    title: str = "A network written by archgraph.",
    deployment: Deployment | None = None,
) -> list[Path]:
    """Write a stand-alone network, whole or not at all; batches may have any size.

    With a `deployment` the network standardises its images itself, which are float32 [N, channels, height, width] from
    0 to 1, and the file says its classes and what becomes of a picture before it: as JSON texts in ONNX's metadata
    properties and in the extra files of a `.pt2`, as constants in the Python file.

    Args:
        network: the network, with its weights.
        kind: `pt2`, `onnx` or `py` (which has its weights beside it in a .safetensors file).
        path: the file.
        title: first line of the Python file.
        deployment: its classes and preprocessing; None for a network that takes images as they come.

    Returns:
        The files written.

    Raises:
        InputError: an unknown kind, a network with mixtures, a Python file called like its weights, or a package that
            ONNX needs is missing.

    Example:
        >>> from pathlib import Path
        >>> from archgraph import spaces
        >>> from supernet import Network, blueprint, export_network
        >>> made = blueprint(spaces.get("macro").from_native("00000000"), "macro", (3, 32, 32), 10, channels=8)
        >>> [path.name for path in export_network(Network(made, seed=0), "py", Path("network.py"))]
        ['network.py', 'network.safetensors']
    """
    _check_kind(kind, FORMATS)
    if len(network.alphas):
        raise InputError("a network with mixtures has no single form; choose one path of it first")
    if kind != "py":
        return export_module(network, network.blueprint.shapes[0], kind, path, deployment)
    training = network.training
    network.eval()
    try:
        return _write_python(network, path, title, deployment)
    finally:
        network.train(training)


def export_program(
    network: ImportedNetwork,
    image: Sequence[int],
    kind: str,
    path: Path,
    title: str = "A network written by archgraph.",
    deployment: Deployment | None = None,
) -> list[Path]:
    """Write a network that was made elsewhere, whole or not at all; arguments, result and errors as `export_network`.

    Args:
        image: (channels, height, width) of an image.
    """
    _check_kind(kind, FORMATS)
    if kind != "py":
        return export_module(network, image, kind, path, deployment)
    source = program_source(network, path.name, title, image, deployment)
    return _write_source(source, weights_by_number(network), path)


def export_module(
    network: nn.Module, image: Sequence[int], kind: str, path: Path, deployment: Deployment | None = None
) -> list[Path]:
    """Write any module that takes images, whole or not at all; see `export_network`.

    Args:
        network: the module; its mode is restored.
        image: (channels, height, width) of an image.
        kind: `pt2` or `onnx`.
        path: the file.
        deployment: its classes and preprocessing; None for a network that takes images as they come.

    Returns:
        The files written.

    Raises:
        InputError: an unknown kind, or a package that ONNX needs is missing.
    """
    _check_kind(kind, FORMATS[:2])
    modes = {part: part.training for part in network.modules()}
    network.eval()
    try:
        example = torch.zeros(2, *image)
        preprocessing, texts = (None, {}) if deployment is None else (deployment.preprocessing, deployment.texts())
        deployed = DeployedNetwork(network, preprocessing).cpu().eval()
        with atomic_path(path) as temporary:
            (_write_pt2 if kind == "pt2" else _write_onnx)(deployed, example, texts, temporary)
        return [path]
    finally:
        for part, mode in modes.items():
            part.training = mode


def _check_kind(kind: str, kinds: Sequence[str]) -> None:
    if kind not in kinds:
        raise InputError(f"this network is exported to {' or '.join(kinds)}, but got {kind[:32]!r}")


def _write_python(network: Network, path: Path, title: str, deployment: Deployment | None) -> list[Path]:
    blueprint = network.blueprint
    effective = {blueprint.layers[number].name for number in blueprint.effective}
    state = {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items() if k.split(".")[1] in effective}
    return _write_source(python_source(network, path.name, title, deployment), state, path)


def _write_source(source: str, state: dict[str, torch.Tensor], path: Path) -> list[Path]:
    """A Python file, and its weights beside it."""
    if path.suffix == WEIGHTS:
        raise InputError(f"{path}: a {WEIGHTS} file of that name holds the weights; call the Python file otherwise")
    beside = path.with_suffix(WEIGHTS)
    with atomic_path(beside) as temporary:
        save_file(state, temporary)
    write_text(path, source)
    return [path, beside]


def _write_pt2(network: DeployedNetwork, example: torch.Tensor, texts: dict[str, str], path: Path) -> None:
    program = torch.export.export(network, (example,), dynamic_shapes=({0: _any_batch()},))
    torch.export.save(program, path, extra_files=dict(texts))


def _write_onnx(network: DeployedNetwork, example: torch.Tensor, texts: dict[str, str], path: Path) -> None:
    try:
        import onnxscript  # noqa: F401
    except ImportError:
        raise InputError("ONNX needs packages that are not installed; pip install 'archgraph[onnx]'") from None
    program = torch.onnx.export(
        network,
        (example,),
        input_names=["images"],
        output_names=["logits"],
        dynamic_shapes=({0: _any_batch()},),
        dynamo=True,
        verbose=False,
    )
    assert program is not None  # it is with dynamo
    program.model.metadata_props.update(texts)
    program.save(path, external_data=False)


def _any_batch() -> torch.export.Dim:
    return torch.export.Dim("batch", min=1, max=1 << 16)
