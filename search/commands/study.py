"""`archgraph study`: what lies in a storage of studies, read and never written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from archgraph.cli.common import Json, check_file, check_output, print_result, print_table

app = typer.Typer(
    help="Look at studies, of any program: list them, get their winners and their trials.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
StorageArgument = Annotated[
    str, typer.Argument(help="sqlite:///FILE, postgresql://... or journal:FILE.", metavar="STORAGE")
]
_SHOWN = ("name", "method", "objective", "trials", "best", "begun", "last")
StudyOption = Annotated[str | None, typer.Option(help="Name of the study; not needed where there is one.")]


@app.command("list")
def list_(storage: StorageArgument, as_json: Json = False) -> None:
    """The studies of STORAGE: their trials by state, the best value, when they began and last changed.

    A trial is stale whose worker is known to be gone; the same search, started again, takes it up. One is abandoned
    that was given up for that, or since another worker had begun the same architecture.
    """
    from search.studies.records import read_studies
    from search.studies.tables import study_rows

    rows = study_rows(read_studies(storage))
    if as_json:
        typer.echo(json.dumps(rows, default=str))
        return
    print_table(_SHOWN, ([_text(row, name) for name in _SHOWN] for row in rows))


@app.command()
def best(
    storage: StorageArgument,
    study: StudyOption = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to write them: graphs with metrics and `meta`, .jsonl or .parquet."),
    ] = None,
    top: Annotated[int, typer.Option(help="How many, where one objective orders them.", min=1)] = 5,
    as_json: Json = False,
) -> None:
    """The best architectures of a study, or its Pareto front; of another program's study its best trials."""
    from search.studies.records import read_one
    from search.studies.tables import best_rows
    from search.winners import stored_winners

    check_output(output)
    found = read_one(storage, study)
    if output is not None or found.settings:
        table = stored_winners(found, top)
        rows = [
            {**{str(k): v for k, v in metrics.items() if v == v}, "architecture": str(name)}  # what is not NaN
            for name, metrics in zip(table.ids, table.metrics.to_dict("records"), strict=True)
        ]
        if output is not None:
            table.write(output)
    else:
        rows = best_rows(found)
    if as_json:
        typer.echo(json.dumps(rows))
        return
    columns = list(dict.fromkeys(name for row in rows for name in row))
    print_table(columns, ([row.get(name, "") for name in columns] for row in rows))


@app.command()
def trials(
    storage: StorageArgument,
    study: StudyOption = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to write, .csv, .parquet, .json or .jsonl; default stdout as CSV."),
    ] = None,
    as_json: Json = False,
) -> None:
    """All trials of a study: state, values, parameters, architecture, why it failed, costs and times."""
    from archgraph.persistence.files import atomic_path
    from search.studies.records import read_one
    from search.studies.tables import as_text, trial_table

    if output is not None:
        check_file(output, "trials", ".csv", ".parquet", ".json", ".jsonl")
    table = trial_table(read_one(storage, study))
    if output is None:
        typer.echo(as_text(table, "json" if as_json else "csv"), nl=False)
        return
    with atomic_path(output) as path:
        if output.suffix.lower() == ".parquet":
            table.to_parquet(path, index=False)
        else:
            path.write_text(as_text(table, output.suffix[1:].lower()), encoding="utf-8")
    print_result({"trials": len(table)}, as_json)


def _text(row: dict[str, Any], column: str) -> Any:
    """What a list of studies shows of one."""
    from search.studies.tables import STATES

    value = row.get(column)
    if column == "trials":
        return ", ".join(f"{row[state]} {state}" for state in STATES if row[state]) or "none"
    if column in ("begun", "last"):
        return "" if value is None else value.strftime("%Y-%m-%d %H:%M")
    if column == "best" and isinstance(value, float):
        return f"{value:.4g} {row['metric']}"
    return "" if value is None else value
