"""A model as a network for others; and an architecture of a table, with kept weights or random ones."""

from __future__ import annotations

from pathlib import Path

from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.cost import Cost
from archgraph.networks.steps import Shape
from archgraph.spaces.base import Space
from archgraph.table.table import ArchTable
from supernet.export.deployment import Deployment
from supernet.export.files import export_network, export_program
from supernet.imported.network import ImportedNetwork
from supernet.imported.space import NetworkSpace
from supernet.model.model import Model
from supernet.network import Network
from supernet.standalone.weights import load_weights, weights_path


def export_model(folder: Path, kind: str, path: Path) -> tuple[list[Path], Cost]:
    """Write the network of a model with its standardisation, classes and preprocessing, whole or not at all.

    Args:
        folder: of the model.
        kind: `pt2`, `onnx` or `py`; see `supernet.export.files.export_network`.
        path: the file.

    Returns:
        The files written, and what the network costs.

    Raises:
        InputError: the folder holds no sound model; or as `export_network` does.
    """
    model = Model.load(folder)
    network = model.network()
    title = f"{model.id or 'An architecture'} of {model.space or 'no space'}, trained and written by archgraph."
    deployment = Deployment(model.class_names, model.preprocessing)
    cost = Cost(int(model.metrics["params"]), int(model.metrics["flops"]))
    if isinstance(network, ImportedNetwork):
        return export_program(network, model.image, kind, path, title, deployment), cost
    return export_network(network, kind, path, title, deployment), cost


def export_member(space: Space, graph: ArchGraph, kind: str, path: Path) -> tuple[list[Path], Cost]:
    """Write a member of the space around a network with the weights that it inherits, whole or not at all.

    Args:
        space: a space `module:FILE`.
        graph: a member.
        kind: `pt2`, `onnx` or `py`.
        path: the file.

    Returns:
        The files written, and what the network costs.

    Raises:
        GraphError: the graph is no member.
        CompileError: what it chooses does not fit together.
        InputError: the network is missing or damaged; or as `export_program` does.
    """
    around = NetworkSpace(space)
    title = f"A member of {space.name} with the weights that it inherits, written by archgraph."
    return export_program(around.member(graph).network(), around.image, kind, path, title), around.cost(graph)


def export_architecture(
    table: ArchTable,
    row: int,
    kind: str,
    path: Path,
    weights: Path | None = None,
    image: Shape = (3, 32, 32),
    classes: int = 10,
    choice: NetworkChoice = NetworkChoice(),
    seed: int = 0,
) -> tuple[list[Path], Cost]:
    """Write the network of one architecture of a table, whole or not at all.

    Args:
        table: architectures.
        row: which of them.
        kind: `pt2`, `onnx` or `py`; see `supernet.export.files.export_network`.
        path: the file.
        weights: file of its weights, or the folder of `supernet train --weights`, which also say the space, the image,
            the classes and the network; None for random weights.
        image: (channels, height, width) of an image.
        classes: outputs of the network.
        choice: the network around the architecture.
        seed: of the random weights.

    Returns:
        The files written, and what the network costs.

    Raises:
        InputError: the graph cannot be compiled; the weights are missing, damaged or of another architecture; or as
            `export_network` does.

    Example:
        >>> from pathlib import Path
        >>> from archgraph import ArchTable
        >>> from supernet import export_architecture
        >>> files, cost = export_architecture(ArchTable.read("cells.parquet"), 5, "py", Path("cell.py"))
        >>> [file.name for file in files], cost.params
        (['cell.py', 'cell.safetensors'], 152074)
    """
    graph, space, name, state = table[row], str(table.space[row]), str(table.ids[row]), None
    if weights is not None:
        if weights.is_dir():
            weights = weights_path(weights, name or str(row))
        state, build = load_weights(weights)
        if build.hash != graph.canonical_hash():
            raise InputError(f"{weights} holds the weights of another architecture; give another --id or --weights")
        image, classes, choice, space = build.image, build.classes, build.choice, build.space
    network = Network(choice.blueprint(graph, space, image, classes), seed)
    if state is not None:
        network.load_weights(state)
    drawn = " with random weights" if state is None else ""
    title = f"{name or 'An architecture'} of {space or 'no space'}, written by archgraph{drawn}."
    return export_network(network, kind, path, title), network.blueprint.cost
