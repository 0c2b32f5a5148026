"""`archgraph export`: an architecture as a network for others."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import Graphs, Json, Seed, print_result


class Format(StrEnum):
    """What a network can be written as."""

    PT2 = "pt2"
    ONNX = "onnx"
    PY = "py"


def export(
    graphs: Graphs,
    to: Annotated[Format, typer.Option("--to", help="pt2 (torch.export), onnx, or py (needs torch alone).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the network.")],
    id_: Annotated[str | None, typer.Option("--id", help="The architecture; not needed where there is one.")] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Its weights, or the folder of `supernet train --weights`; default random ones.")
    ] = None,
    image: Annotated[str, typer.Option(help="Channels, height and width of an image, where no weights say so.")] = (
        "3x32x32"
    ),
    classes: Annotated[int, typer.Option(help="Classes, where no weights say so.", min=1)] = 10,
    network: Annotated[
        list[str] | None, typer.Option("--network", help="Change to the published network, as in channels=8.")
    ] = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write one architecture of GRAPHS as a network: a file that runs without archgraph."""
    import re

    from archgraph.errors import InputError
    from archgraph.networks.registry import blueprint
    from archgraph.persistence.files import probe
    from archgraph.table.table import ArchTable
    from supernet.commands.supernet import network_settings
    from supernet.export import export as write
    from supernet.network import Network
    from supernet.standalone.weights import load_weights, weights_path

    probe(output)
    table = ArchTable.read(graphs)
    row = _row_called(id_, list(map(str, table.ids)), graphs)
    graph, space = table[row], str(table.space[row])
    if not (match := re.fullmatch(r"(\d{1,4})x(\d{1,4})x(\d{1,4})", image)):
        raise InputError(f"--image is written as 3x32x32, but got {image[:32]!r}")
    shape, settings, state = tuple(map(int, match.groups())), network_settings(network), None
    if weights is not None:
        if weights.is_dir():
            weights = weights_path(weights, str(table.ids[row]) or str(row))
        state, build = load_weights(weights)
        if build.hash != graph.canonical_hash():
            raise InputError(f"{weights} holds the weights of another architecture; give another --id or --weights")
        shape, classes, settings, space = build.image, build.classes, build.network, build.space
    made = Network(blueprint(graph, space, (shape[0], shape[1], shape[2]), classes, **settings), seed)
    if state is not None:
        made.load_weights(state)
    drawn = " with random weights" if state is None else ""
    title = f"{table.ids[row] or 'An architecture'} of {space or 'no space'}, written by archgraph{drawn}."
    files = write(made, to.value, output, title)
    cost = made.blueprint.cost
    print_result({"files": " ".join(map(str, files)), "parameters": cost.params, "multiply_adds": cost.flops}, as_json)


def _row_called(name: str | None, ids: list[str], graphs: Path) -> int:
    """The row of the architecture of that id; of the only one where none is given.

    Raises:
        InputError: there is none, or there are several.
    """
    from archgraph.errors import InputError

    rows = [row for row, known in enumerate(ids) if name in (None, known)]
    if len(rows) == 1:
        return rows[0]
    if name is not None and rows:
        raise InputError(
            f"{graphs}: rows {rows[0]} and {rows[1]} are both called {name[:64]!r}; give them ids of their own"
        )
    some = ", ".join(repr(known[:64]) for known in ids[:3]) + (", ..." if len(ids) > 3 else "")
    called = "" if name is None else f" called {name[:64]!r}"
    raise InputError(f"{graphs} holds {len(rows)} architectures{called}; name one with --id: {some}")
