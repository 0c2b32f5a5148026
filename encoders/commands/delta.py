"""`archgraph delta train | evaluate | predict | suggest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from archgraph.cli.common import (
    Device,
    Graphs,
    Json,
    OutGraphs,
    Seed,
    check_file,
    check_output,
    print_result,
    resolve_device,
    write_graphs,
)

app = typer.Typer(help="The difference predictor.", no_args_is_help=True, rich_markup_mode=None)
Delta = Annotated[Path, typer.Argument(help="Folder of a trained predictor.", metavar="DELTA")]
Table = Annotated[Path, typer.Argument(help="Graphs with metrics, .jsonl or .parquet.", metavar="TABLE")]
Metric = Annotated[str, typer.Option(help="Name of the metric.")]
Lower = Annotated[bool, typer.Option("--lower-is-better", help="The best have the lowest values (latency, energy).")]


@app.command()
def train(
    table: Table,
    metric: Metric,
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder of the predictor to write.")],
    encoder: Annotated[
        str, typer.Option(help="Encoder to learn with: one that ships, a folder, or none.", metavar="ENCODER")
    ] = "base",
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Read what the encoder says as it is, in place of training it on: faster.")
    ] = False,
    train_size: Annotated[int | None, typer.Option(help="Labels to draw by --seed; default all.")] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(help="A metric known of every graph, or several as in 'propagation_*'; repeatable."),
    ] = None,
    warm_start: Annotated[
        list[Path] | None,
        typer.Option(help="A predictor of another metric or space to start from; repeatable.", metavar="DELTA"),
    ] = None,
    lower_is_better: Lower = False,
    seed: Seed = 0,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Learn to predict differences of a metric; what is labelled beyond --train-size is scored and reported."""
    from encoders.delta.training import train_delta

    where = resolve_device(device)
    trained = train_delta(
        table,
        metric,
        output,
        train_size,
        column or [],
        None if encoder == "none" else encoder,
        warm_start or [],
        lower_is_better,
        seed,
        where,
        frozen,
    )
    result: dict[str, Any] = {
        "predictor": str(output),
        "metric": metric,
        "labels": len(trained.predictor.anchors),
    }
    print_result(result | (trained.evaluation.summary() if trained.evaluation else {}), as_json)


@app.command()
def evaluate(
    delta: Delta,
    table: Table,
    metric: Metric,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Where to write the report, .html.")] = None,
    lower_is_better: Lower = False,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Score a predictor on the labelled graphs of a table that it did not learn from."""
    from archgraph.table.table import ArchTable
    from encoders.delta.checkpoint import load_delta
    from encoders.delta.evaluation import evaluate_delta
    from encoders.delta.report import write_report

    if output is not None:
        check_file(output, "a report", ".html")
    predictor = load_delta(delta)
    evaluation = evaluate_delta(predictor, ArchTable.read(table), metric, lower_is_better, seed)
    if output is not None:
        write_report(output, predictor, evaluation)
    print_result(evaluation.summary(), as_json)


@app.command()
def predict(
    delta: Delta,
    graphs: Graphs,
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write, .parquet or .csv.")],
    start: Annotated[
        Path | None, typer.Option("--from", help="Predict differences from these graphs, row by row or from one.")
    ] = None,
) -> None:
    """Write `id`, `prediction` and `std` of each graph; with --from `id`, `difference` and `std`."""
    from archgraph.table.number_tables import write_numbers
    from encoders.delta.checkpoint import load_delta
    from encoders.delta.predict import differences, predictions

    check_file(output, "a table of predictions", ".parquet", ".csv")
    predictor = load_delta(delta)
    frames = predictions(predictor, graphs) if start is None else differences(predictor, start, graphs)
    write_numbers(output, frames)


@app.command()
def suggest(
    delta: Delta,
    space: Annotated[str, typer.Option(help="The space whose one-edit neighbours are considered.")],
    n: Annotated[int, typer.Option("-n", help="How many to suggest.", min=1)] = 10,
    anchors: Annotated[int, typer.Option(help="Labelled graphs, the best first, whose neighbours count.", min=1)] = 20,
    lower_is_better: Lower = False,
    output: OutGraphs = None,
) -> None:
    """Write the neighbours of the best labelled graphs that are worth labelling next, the most telling first."""
    from archgraph import spaces
    from encoders.delta.checkpoint import load_delta
    from encoders.delta.suggest import suggest as choose

    check_output(output)
    write_graphs(choose(load_delta(delta), spaces.get(space), n, anchors, lower_is_better), output)
