"""The demo's report: one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from archgraph.drawing.graphs import draw_graphs
from archgraph.persistence.files import write_text
from archgraph.reports.figures import svg
from archgraph.reports.report_look import report_templates
from encoders.embedding.checkpoint import EncoderCheckpoint
from encoders.evaluation.generation import reconstructed
from search.demo import figures
from search.demo.demo import Demo
from search.demo.story import story


def winner_rows(results: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a method: trials, the search's best validation loss, retrained accuracies as mean ± deviation."""
    return [
        {
            "method": method,
            "trials": winner["trials"],
            "loss": f"{winner['search_validation_loss']:.4f}",
            "validation": _spread(winner["validation_accuracy"]),
            "test": _spread(winner["test_accuracy"]),
            "architecture": winner["architecture"],
        }
        for method, winner in results["winners"].items()
    ]


def agreement_rows(results: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a score: Spearman and Kendall with accuracy, then with minus the loss, as text."""
    tables = results["correlation"]["agreement"]
    return [
        {"score": by_accuracy["score"], "values": [_number(t[k]) for t in pair for k in ("spearman", "kendall")]}
        for by_accuracy, by_loss in zip(tables["accuracy"], tables["loss"], strict=True)
        for pair in [(by_accuracy, by_loss)]
    ]


def write_report(demo: Demo, encoder: EncoderCheckpoint, results: dict[str, Any]) -> Path:
    """Write report.html into the demo's folder and return its path."""
    config, correlation, generator = demo.config, results["correlation"], encoder.generator
    rows = winner_rows(results)
    cells = correlation["cells"]
    paths = [" | ".join(row[c] for row, c in zip(cells, path, strict=True)) for path in correlation["choices"]]
    space = demo.objective.space
    sampled = [space.from_native(path.replace(" | ", "|")) for path in paths]
    for row in rows:
        graphs = space.split(space.from_native(row["architecture"]))
        drawn = draw_graphs(graphs, [f"row {i + 1}" for i in range(len(graphs))])
        row["drawing"] = Markup(svg(drawn))
    trained_on, held_out = reconstructed(encoder, demo.space)
    template = report_templates("search.demo").get_template("report.html.j2")
    text = template.render(
        seed=config.seed,
        rows=config.fade.rows,
        candidates=config.ranked,
        budget=f"{config.budget:g}",
        space_size=len(generator.members),
        final_seeds=config.final_seeds,
        test_images=len(demo.images.test),
        one_image=f"{100 / len(demo.images.test):.2f}",
        winners=rows,
        story=story(results),
        convergence=Markup(svg(figures.convergence_figure(results["histories"], space))),
        derived=config.fade.deriving,
        paths=correlation["paths"],
        sampled=len(correlation["choices"]),
        truth_seeds=config.truth_seeds,
        repeats=config.rank_repeats,
        agreement=agreement_rows(results),
        correlation=Markup(
            svg(figures.agreement_figure(correlation["scores"], correlation["accuracy"], paths, sampled))
        ),
        embedding=Markup(svg(figures.buckets_figure(generator))),
        reconstruction=f"{100 * trained_on:.0f}",
        held_out=f"{100 * held_out:.0f}",
    )
    path = demo.folder / "report.html"
    write_text(path, text)
    return path


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.4f} ± {np.std(values, ddof=1):.4f}"


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.2f}"
