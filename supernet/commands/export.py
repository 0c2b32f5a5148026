"""`archgraph export`: a model, or an architecture, as a network for others."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import AllowCode, Json, Seed, print_result
from archgraph.errors import InputError
from supernet.commands.options import (
    IdOption,
    NetworkOption,
    SetOption,
    image_shape,
    network_choice,
    row_called,
    space_around_network,
)


class NetworkFormat(StrEnum):
    """What a network can be written as."""

    PT2 = "pt2"
    ONNX = "onnx"
    PY = "py"


def export(
    source: Annotated[Path, typer.Argument(help="A model's folder, or graphs.", metavar="MODEL|GRAPHS")],
    to: Annotated[NetworkFormat, typer.Option("--to", help="pt2 (torch.export), onnx, or py (needs torch alone).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the network.")],
    id_: IdOption = None,
    weights: Annotated[
        Path | None, typer.Option(help="Weights of a graph, or the folder of `supernet train --weights`.")
    ] = None,
    random_weights: Annotated[bool, typer.Option("--random-weights", help="A graph without trained weights.")] = False,
    image: Annotated[str, typer.Option(help="Channels, height and width of an image, where no weights say so.")] = (
        "3x32x32"
    ),
    classes: Annotated[int, typer.Option(help="Classes, where no weights say so.", min=1)] = 10,
    network: NetworkOption = None,
    changes: SetOption = None,
    seed: Seed = 0,
    as_json: Json = False,
    allow_code: AllowCode = False,
) -> None:
    """Write a MODEL, or one architecture of GRAPHS, as a network: a file that runs without archgraph.

    A member of a space module:FILE is written with the weights that it inherits.

    A model's network standardises its images itself: they are float32 [N, channels, height, width] from 0 to 1. Its
    classes, its size and what becomes of a picture before it stand in the file: ONNX's metadata, the extra files of
    .pt2, constants of the Python file.
    """
    from archgraph.persistence.files import probe
    from archgraph.table.table import ArchTable
    from supernet.standalone.exporting import export_architecture, export_member, export_model

    probe(output)
    table = None if source.is_dir() else ArchTable.read(source)
    if table is None:
        files, cost = export_model(source, to.value, output)
    elif (space := space_around_network(table, row := row_called(id_, table, source))) is not None:
        files, cost = export_member(space, table[row], to.value, output)
    else:
        if weights is None and not random_weights:
            raise InputError(
                f"{source} holds architectures without weights; give those of `supernet train` with --weights, or ask "
                "for random ones with --random-weights"
            )
        if weights is None:
            typer.echo("the weights are random", err=True)
        choice, shape = network_choice(network, changes, table.meta[row].get("network")), image_shape(image)
        files, cost = export_architecture(table, row, to.value, output, weights, shape, classes, choice, seed)
    print_result({"files": " ".join(map(str, files)), "parameters": cost.params, "multiply_adds": cost.flops}, as_json)
