"""`archgraph compare`: studies side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import Json, Quiet, print_result, print_table, progress_bar


def compare(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the report, tables and pictures.")],
    study_file: Annotated[
        Path | None,
        typer.Argument(help="A study file (YAML) that describes a whole comparison; what is not done yet is run."),
    ] = None,
    storage: Annotated[
        list[str] | None, typer.Option(help="Storage URL of studies that exist; may be given several times.")
    ] = None,
    study: Annotated[
        list[str] | None, typer.Option(help="Name of a study; may be given several times; default all.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes that run a study file.", min=1, max=256)] = 1,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Compare searches: curves with intervals, time to reach the best, areas, rank tests, winners; report.html.

    With a study file the searches that it describes are run first, or gone on with, in parallel processes.
    """
    from archgraph.errors import InputError
    from archgraph.persistence.files import writable_folder
    from search.comparison import read_runs, write_comparison
    from search.comparison.curves import over_seeds, summary
    from search.comparison.execute import run_file
    from search.comparison.study_file import StudyFile
    from search.studies.storages import JOURNAL

    if (study_file is None) == (not storage):
        raise InputError("compare needs either a study file or --storage URL")
    title, urls = "Comparison of searches", list(storage or [])
    if study_file is not None:
        comparison = StudyFile.read(study_file)
        with progress_bar(quiet) as bar:
            task = bar.add_task("searches", total=len(comparison.shards))

            def progress(what: str, done: int, of: int) -> None:
                bar.update(task, completed=done, description=what)

            files = run_file(comparison, output, workers, progress)
        title, urls = comparison.title, [f"{JOURNAL}{file}" for file in files]
    problems = read_runs(urls, study or [])
    writable_folder(output)
    report = write_comparison(problems, output, title)
    if as_json:
        print_result({"report": str(report)}, as_json)
        return
    columns = ["method", "seeds", "median queries to the best", "share at the best", "mean area", "mean final"]
    for problem in problems:
        table = over_seeds(summary(problem)).replace({columns[2]: {float("inf"): "never"}})
        typer.echo(problem.label)
        print_table(columns, table[columns].to_numpy().tolist())
        typer.echo()
    typer.echo(f"report: {report}")
