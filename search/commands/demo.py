"""`archgraph demo`: the whole loop on real images."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Annotated, Any

import typer

from archgraph.cli.common import Device, Json, Quiet, Seed, print_table, working_on
from archgraph.texts import printable


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for everything that is made.")] = Path("demo"),
    seed: Seed = 0,
    device: Device = "auto",
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Run the whole loop on scikit-learn's digits: encoder, buckets, FaDE-ranks, searches, report.

    Takes a few minutes on two CPU cores. Ctrl-C at any moment loses nothing: the same command goes on.
    """
    import json

    from archgraph.storages.quiet import quiet_optuna
    from search.demo.story import UNITS, first_lines

    with quiet_optuna(), working_on(output, quiet) as bar:
        if not quiet and (first := first_lines(output)) is not None:
            bar.console.print(first, markup=False, highlight=False, soft_wrap=True)
        from search.demo.demo import DemoConfig
        from search.demo.run import run_demo
        from supernet.bank.malloc import keep_freed_memory

        keep_freed_memory()
        tasks: dict[str, Any] = {}

        def progress(stage: str, done: float, of: float) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(UNITS.get(stage, stage), total=of)
            bar.update(tasks[stage], completed=done)

        results = run_demo(DemoConfig(seed=seed), output, progress, device)
    if as_json:
        typer.echo(json.dumps(results))
    else:
        _print(results, output)


def _print(results: dict[str, Any], output: Path) -> None:
    """The two tables and what a newcomer is told of them."""
    from search.demo.report import agreement_rows, winner_rows
    from search.demo.story import story

    print_table(
        ("method", "trials", "best validation loss", "validation accuracy", "test accuracy"),
        ([row[k] for k in ("method", "trials", "loss", "validation", "test")] for row in winner_rows(results)),
    )
    typer.echo()
    print_table(
        ("correlation with stand-alone training", "Spearman, accuracy", "Kendall", "Spearman, loss", "Kendall"),
        ([row["score"], *row["values"]] for row in agreement_rows(results)),
    )
    said = [textwrap.fill(line, 110, subsequent_indent="  ") for line in story(results)]
    said.append(f"studies: archgraph study list sqlite:///{printable(output)}/studies.db")
    typer.echo("\n".join(["", *said, f"report: {results['report']}"]))
