"""Curves of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archgraph.reports.figures import Figure

COLORS = {"train": "#5e81ac", "validation": "#d08770"}


def curves_figure(history: Mapping[str, Sequence[float]], what: str, kept: int | None = None) -> Figure:
    """`loss` or `accuracy` by epoch, of the training and of the validation part where there is one.

    Args:
        history: figures of each epoch by name, as `supernet.standalone.fit_training.COLUMNS`.
        what: `loss` or `accuracy`.
        kept: epoch whose weights were kept, counted from 1; it is marked.

    Example:
        >>> from supernet import Model, curves_figure
        >>> curves_figure(Model.load("model").training["history"], "loss").axes[0].get_title()
        'loss'
    """
    figure = Figure(figsize=(4.2, 2.7), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.subplots()
    axes.patch.set_alpha(0)
    for part, color in COLORS.items():
        if values := history.get(f"{part}_{what}"):
            axes.plot(
                range(1, len(values) + 1),
                values,
                color=color,
                lw=1.6,
                label=part,
                marker="." if len(values) < 9 else "",
            )
    if kept is not None:
        axes.axvline(kept, color="#4c566a", lw=0.8, ls=":")
    axes.set_xlabel("epoch")
    axes.set_title(what, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    return figure
