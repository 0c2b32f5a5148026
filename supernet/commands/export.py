"""`archgraph export`: an architecture as a network for others."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archgraph.cli.common import Graphs, Json, Seed, print_result
from archgraph.errors import InputError
from supernet.commands.options import image_shape, network_settings

if TYPE_CHECKING:
    from archgraph.table.table import ArchTable


class NetworkFormat(StrEnum):
    """What a network can be written as."""

    PT2 = "pt2"
    ONNX = "onnx"
    PY = "py"


def export(
    graphs: Graphs,
    to: Annotated[NetworkFormat, typer.Option("--to", help="pt2 (torch.export), onnx, or py (needs torch alone).")],
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
    from archgraph.persistence.files import probe
    from archgraph.table.table import ArchTable
    from supernet.standalone.exporting import export_architecture

    probe(output)
    table = ArchTable.read(graphs)
    row = _row_called(id_, table, graphs)
    shape, settings = image_shape(image), network_settings(network)
    files, cost = export_architecture(table, row, to.value, output, weights, shape, classes, seed, **settings)
    print_result({"files": " ".join(map(str, files)), "parameters": cost.params, "multiply_adds": cost.flops}, as_json)


def _row_called(name: str | None, table: ArchTable, graphs: Path) -> int:
    """The row of the architecture of that id; of the only one where none is given.

    Raises:
        InputError: there is none, or there are several.
    """
    ids = list(map(str, table.ids))
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
