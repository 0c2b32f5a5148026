"""`archgraph design`: images in, model out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archgraph.cli.common import AllowCode, Device, Json, Quiet, Seed, print_result, resolve_device, say, working_on
from supernet.commands.options import DownloadOption, RootOption, SizeOption, TrainSizeOption, images_of, shown_metrics

if TYPE_CHECKING:
    from supernet.images.splits import ImageSplits


def design(
    data: Annotated[
        str,
        typer.Argument(
            help="folder:DIR (a folder a class), hf:DIR (Parquet), digits, mnist, fashion_mnist, cifar10 or cifar100.",
            metavar="DATA",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the model.")],
    limit: Annotated[
        list[str] | None,
        typer.Option(
            help="What the network may cost at most, as in --limit params=500k: params, flops (multiply-adds of an "
            "image), latency_ms (of an image on the device) or depth (layers with weights). Repeat for more."
        ),
    ] = None,
    budget: Annotated[str, typer.Option(help="Time for all of it, such as 90s, 30m or 2h.")] = "30m",
    space: Annotated[str, typer.Option(help="Space of the architectures.")] = "nasbench201",
    network: Annotated[
        str | None,
        typer.Option(
            help="Their network: published, that of the space; rows, FaDE's rows for any space; or pooled, one that is "
            "trained in little time, for any cell. Default what suits the space."
        ),
    ] = None,
    size: SizeOption = None,
    train_size: TrainSizeOption = None,
    flip: Annotated[bool | None, typer.Option(help="Mirror images; default where the data set allows them.")] = None,
    root: RootOption = Path("images"),
    download: DownloadOption = False,
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
    allow_code: AllowCode = False,
) -> None:
    """Find a good network for your images within limits, train it, and write a MODEL, all in a budget of time.

    The plan, on stderr, says what will be done and how long it takes. A stopped design goes on with the same command
    and ends in the same numbers; what it needs lies in MODEL.training meanwhile. Then `predict`, `evaluate` and
    `export` put MODEL to use; `search` and `fit` are the same road in steps of your own.
    """
    from dataclasses import replace
    from time import perf_counter

    from archgraph import spaces
    from archgraph.persistence.folders import check_folder
    from search.designer.design import design as designed
    from search.designer.plan import read_budget
    from search.objectives.limits import read_limits
    from supernet.bank.malloc import keep_freed_memory

    started, seconds, limits = perf_counter(), read_budget(budget), read_limits(limit or [])
    check_folder(output, "model")
    chosen, target = spaces.get(space), resolve_device(device)
    images = _images(data, root, download, size, train_size, seconds)
    images = replace(images, mirrored=images.mirrored if flip is None else flip).to(target)

    def note(line: str) -> None:
        if not quiet:
            say(line)

    note(images.described())
    keep_freed_memory()
    with working_on(output, quiet) as bar:
        tasks: dict[str, Any] = {}

        def progress(doing: str, done: int, of: int) -> None:
            task = tasks[doing] if doing in tasks else tasks.setdefault(doing, bar.add_task(doing))
            bar.update(task, completed=done, total=of)

        model = designed(images, limits, seconds, output, chosen, seed, network, None, note, progress, started=started)
    print_result({"model": str(output), "architecture": model.id} | shown_metrics(model.metrics, as_json), as_json)


def _images(
    data: str, root: Path, download: bool, size: int | None, train_size: int | None, budget: float
) -> ImageSplits:
    """The images; those of files that are large, scaled to what a design can pay for."""
    from search.designer.settings import DesignSettings

    images, most = images_of(data, root, download, size, train_size), DesignSettings().most_size(budget)
    if size is None and max(images.shape[1:]) > most and data.startswith(("hf:", "folder:")):
        return images_of(data, root, download, most, train_size)
    return images
