"""A model's report: one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image
from torch import Tensor

from archgraph.drawing.graphs import draw_graphs
from archgraph.reports.figures import svg
from archgraph.reports.report_look import report_templates
from supernet.images.preprocessing import Preprocessing
from supernet.images.splits import ImagePart
from supernet.model.evaluation import ImageEvaluation
from supernet.model.figures import curves_figure
from supernet.model.model import Model

MISTAKES = 24
"""Worst mistakes that are shown."""
SHOWN_CLASSES = 24
"""Classes of a confusion matrix that is shown whole; of more, the pairs that are confused most."""
PAIRS = 20
"""Pairs of classes that are confused most, where there are too many classes for a matrix."""


def model_report(model: Model, tested: ImageEvaluation, part: ImagePart) -> str:
    """The report as HTML: figures, curves, confusion matrix, worst mistakes, the architecture and how it was trained.

    Args:
        model: trained, with its metrics.
        tested: what it says of the test part.
        part: the test part, standardised by the model's preprocessing.
    """
    training = model.training
    history: Mapping[str, Sequence[float]] = training["history"]
    kept = None if training["folds"] else training["best_epoch"]
    return (
        report_templates("supernet.model")
        .get_template("report.html.j2")
        .render(
            model=model,
            metrics=model.metrics,
            training=training,
            data=model.data,
            tested=tested,
            counts=_counts(model),
            curves=[Markup(svg(curves_figure(history, what, kept))) for what in ("loss", "accuracy")],
            confusion=_shaded(tested.confusion) if len(model.class_names) <= SHOWN_CLASSES else None,
            confused=_confused(tested),
            mistakes=_mistakes(model, tested, part),
            drawing=Markup(svg(draw_graphs([model.graph], [""]))),
            settings=_settings(training["recipe"]),
            percent=_percent,
        )
    )


def png(image: Tensor, preprocessing: Preprocessing) -> str:
    """A standardised image [channels, height, width] as the data URI of a PNG picture."""
    pixels = preprocessing.pixels(image[None].cpu())[0].round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _mistakes(model: Model, tested: ImageEvaluation, part: ImagePart) -> list[dict[str, Any]]:
    shown = []
    for row in tested.worst(MISTAKES):
        taken_for = int(tested.probabilities[row].argmax())
        shown.append(
            {
                "picture": Markup(png(part.batch(slice(row, row + 1)).images[0], model.preprocessing)),
                "is": model.class_names[int(tested.labels[row])],
                "taken_for": model.class_names[taken_for],
                "probability": _percent(float(tested.probabilities[row, taken_for])),
            }
        )
    return shown


def _shaded(confusion: Tensor) -> list[list[dict[str, Any]]]:
    """Counts with the share that each is of its row."""
    shares = confusion / confusion.sum(1, keepdim=True).clamp(min=1)
    return [
        [{"count": count, "share": round(share, 3), "right": i == j} for j, (count, share) in enumerate(pairs)]
        for i, pairs in enumerate(
            list(zip(counts, row, strict=True)) for counts, row in zip(confusion.tolist(), shares.tolist(), strict=True)
        )
    ]


def _confused(tested: ImageEvaluation) -> list[dict[str, Any]]:
    """The pairs of classes that are confused most."""
    wrong = tested.confusion.clone().fill_diagonal_(0)
    counts, order = wrong.flatten().sort(descending=True, stable=True)
    classes = len(wrong)
    return [
        {"is": tested.class_names[at // classes], "taken_for": tested.class_names[at % classes], "count": count}
        for count, at in zip(counts[:PAIRS].tolist(), order[:PAIRS].tolist(), strict=True)
        if count
    ]


def _counts(model: Model) -> list[dict[str, Any]]:
    """A row a class: its images in each part, and the share of its test images that is classified correctly."""
    images: Mapping[str, Sequence[int]] = model.data["images"]
    correct: Mapping[str, float] = model.metrics["test_classes"]
    return [
        {"name": name, "images": {part: counts[i] for part, counts in images.items()}, "correct": correct.get(name)}
        for i, name in enumerate(model.class_names)
    ]


def _settings(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe's settings in words."""
    plain = {name: value for name, value in recipe.items() if not isinstance(value, Mapping)}
    inner = {name: value for value in recipe.values() if isinstance(value, Mapping) for name, value in value.items()}
    return {name.replace("_", " "): value for name, value in (plain | inner).items()}


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
