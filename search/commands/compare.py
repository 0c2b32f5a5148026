"""`archgraph compare`: studies side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import AllowCode, Json, Quiet, print_result, print_table, say, working_on

_COLUMNS = ["method", "seeds", "median queries to the best", "share at the best", "mean area", "mean final", "failed"]


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
    allow_code: AllowCode = False,
) -> None:
    """Compare searches: curves with intervals, time to reach the best, areas, rank tests, winners; report.html.

    Studies of other programs are problems of their own. With a study file the searches that it describes are run first,
    or gone on with, in parallel processes.
    """

    from archgraph.storages.quiet import quiet_optuna
    from search.comparison.compare import compare as run

    with quiet_optuna(), working_on(output, quiet or study_file is None) as bar:
        task = bar.add_task("searches")

        def progress(what: str, done: int, of: int) -> None:
            bar.update(task, completed=done, total=of, description=what)

        found = run(output, study_file, storage or [], study or [], workers, progress, say)
    if as_json:
        overviews = {problem.label: found.overview(problem).set_index("method") for problem in found.problems}
        failed = {label: overview["failed"].to_dict() for label, overview in overviews.items()}
        print_result({"report": str(found.report), "failed": failed}, as_json)
        return
    for problem in found.problems:
        typer.echo(problem.label)
        print_table(_COLUMNS, found.overview(problem)[_COLUMNS].to_numpy().tolist())
        typer.echo()
    typer.echo(f"report: {found.report}")
