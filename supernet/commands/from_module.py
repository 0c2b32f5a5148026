"""`archgraph space from-module`: the space around a network of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import Json, Quiet, Seed, print_result, progress_bar


def from_module(
    source: Annotated[
        str,
        typer.Argument(
            help="torchvision:NAME (random weights), or package.module:factory, whose code is run.", metavar="SRC"
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The space, .yaml; the network is written beside it.")],
    shape: Annotated[str, typer.Option(help="Shape of the input.")] = "1,3,224,224",
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Write the space around a network: where it can change, and its weights, which members inherit.

    Blocks that repeat are found, and each choice is checked to run. The file is meant to be edited; every command takes
    it as --space module:SPACE.yaml. It runs no code: the network is kept as data.
    """
    from archgraph.formats.traced.fx import load_module
    from archgraph.persistence.files import probe
    from archgraph.seeds import seeded
    from supernet.imported import space as spaces

    probe(output)
    with seeded(seed):
        module = load_module(source, "cpu")
    with progress_bar(quiet) as bar:
        shown = bar.add_task("places", total=None)
        found = spaces.from_module(module, shape, output, source, lambda _: bar.advance(shown))
    size, places = found.size() or 0, {name: len(values) for name, values in found.choices.items()}
    print_result({"space": found.name, "blocks": len(found.blocks), "places": len(places), "members": size}, as_json)
