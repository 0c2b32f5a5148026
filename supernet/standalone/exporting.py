"""An architecture of a table as a network for others, with the weights that `supernet train` kept or random ones."""

from __future__ import annotations

from pathlib import Path

from archgraph.cost import Cost
from archgraph.errors import InputError
from archgraph.networks.registry import blueprint
from archgraph.networks.steps import Shape
from archgraph.table.table import ArchTable
from supernet.export import export_network
from supernet.network import Network
from supernet.standalone.weights import load_weights, weights_path


def export_architecture(
    table: ArchTable,
    row: int,
    kind: str,
    path: Path,
    weights: Path | None = None,
    image: Shape = (3, 32, 32),
    classes: int = 10,
    seed: int = 0,
    **settings: int,
) -> tuple[list[Path], Cost]:
    """Write the network of one architecture of a table, whole or not at all.

        >>> export_architecture(table, 0, "onnx", Path("net.onnx"), weights=Path("weights"))

    Args:
        table: architectures.
        row: which of them.
        kind: `pt2`, `onnx` or `py`; see `supernet.export.export_network`.
        path: the file.
        weights: file of its weights, or the folder of `supernet train --weights`, which also say the space, the image,
            the classes and the settings; None for random weights.
        image: (channels, height, width) of an image.
        classes: outputs of the network.
        seed: of the random weights.
        settings: changes to the published network, as in `archgraph.networks.blueprint`.

    Returns:
        The files written, and what the network costs.

    Raises:
        InputError: the graph cannot be compiled; the weights are missing, damaged or of another architecture; or as
            `export_network` does.
    """
    graph, space, name, state = table[row], str(table.space[row]), str(table.ids[row]), None
    if weights is not None:
        if weights.is_dir():
            weights = weights_path(weights, name or str(row))
        state, build = load_weights(weights)
        if build.hash != graph.canonical_hash():
            raise InputError(f"{weights} holds the weights of another architecture; give another --id or --weights")
        image, classes, settings, space = build.image, build.classes, build.network, build.space
    network = Network(blueprint(graph, space, image, classes, **settings), seed)
    if state is not None:
        network.load_weights(state)
    drawn = " with random weights" if state is None else ""
    title = f"{name or 'An architecture'} of {space or 'no space'}, written by archgraph{drawn}."
    return export_network(network, kind, path, title), network.blueprint.cost
