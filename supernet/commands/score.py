"""`archgraph supernet score`: scores without training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import AllowCode, Device, Graphs, Quiet, Seed, check_output, resolve_device, say, working_on
from supernet.commands.options import (
    DatasetOption,
    DownloadOption,
    NetworkOption,
    RootOption,
    SetOption,
    SizeOption,
    found_network,
    images_of,
    network_choice,
)


def score(
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the graphs with their scores.")],
    dataset: DatasetOption = "digits",
    root: RootOption = Path("images"),
    download: DownloadOption = False,
    size: SizeOption = None,
    batch_size: Annotated[int, typer.Option(help="Training images that the scores see.", min=2, max=4096)] = 32,
    slots: Annotated[int, typer.Option("--lanes", help="Architectures scored side by side.", min=1, max=4096)] = 16,
    network: NetworkOption = None,
    changes: SetOption = None,
    scores: Annotated[
        list[str] | None,
        typer.Option(
            "--score", help="naswot, synflow, jacob_cov, grad_norm or propagation; repeatable, default all that suit."
        ),
    ] = None,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    allow_code: AllowCode = False,
) -> None:
    """Score the architectures of GRAPHS without training, many at once.

    OUT holds GRAPHS with naswot, synflow (its logarithm), jacob_cov and grad_norm of the networks, and with
    17 columns propagation_..., of synthetic images in small random cells; these need no data set, but cells whose
    operations keep the image's size. All depend on --seed. A stopped run goes on with the same command; finished work
    lies in OUT.journal meanwhile (and, of more graphs than 16,384, in OUT.journal-1 and so on).
    """
    from archgraph.table.table import ArchTable
    from supernet.bank.malloc import keep_freed_memory
    from supernet.zerocost.files import Survey, score_file
    from supernet.zerocost.scores import score_table

    check_output(output)
    survey = Survey.of(graphs, found_network)
    asked = scores or survey.scores
    if survey.reason and not scores:
        say(f"propagation is left out: {survey.reason}")
    on_images = set(asked) != {"propagation"}
    images = images_of(dataset, root, download, size) if on_images else None
    choice, own_device = network_choice(network, changes, survey.network), resolve_device(device)
    keep_freed_memory()
    with working_on(output, quiet) as bar:
        task = bar.add_task("architectures", total=survey.rows * (on_images + ("propagation" in asked)))

        def progress(done: int) -> None:
            bar.advance(task, done)

        def scored(table: ArchTable, journal: Path) -> ArchTable:
            return score_table(table, images, seed, batch_size, slots, choice, asked, own_device, journal, progress)

        score_file(graphs, output, scored)
