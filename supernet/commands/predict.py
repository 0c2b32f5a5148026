"""`archgraph predict`: classes of pictures."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archgraph.cli.common import AllowCode, Device, resolve_device
from supernet.commands.options import ModelFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supernet.model.model import Model


def predict(
    model: ModelFolder,
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, and folders of pictures.", metavar="PICTURES...")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A .csv file; default stdout.")] = None,
    every: Annotated[bool, typer.Option("--all", help="A column of probabilities for each class, too.")] = False,
    batch_size: Annotated[int, typer.Option(help="Pictures at once.", min=1)] = 64,
    device: Device = "auto",
    allow_code: AllowCode = False,
) -> None:
    r"""Tell the class of each picture: CSV with file, class, probability.

    Bytes of a file's name that are no UTF-8 stand as escapes, as \xff.
    """
    from archgraph.persistence.files import probe, write_text
    from supernet.model.model import Model
    from supernet.model.prediction import pictures_of

    if output is not None:
        probe(output)
    loaded, files = Model.load(model), pictures_of(pictures)
    text = _csv(loaded, files, loaded.predict(files, batch_size, resolve_device(device)).tolist(), every)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_text(output, text)


def _csv(model: Model, files: Sequence[Path], probabilities: list[list[float]], every: bool) -> str:
    """A row a picture."""
    names, buffer = model.class_names, io.StringIO()
    rows = csv.writer(buffer, lineterminator="\n")
    rows.writerow(["file", "class", "probability", *(names if every else ())])
    for file, shares in zip(files, probabilities, strict=True):
        best = max(range(len(shares)), key=shares.__getitem__)
        name = os.fsencode(file).decode("utf-8", "backslashreplace")
        rows.writerow([name, names[best], f"{shares[best]:.6f}", *(f"{s:.6f}" for s in (shares if every else ()))])
    return buffer.getvalue()
