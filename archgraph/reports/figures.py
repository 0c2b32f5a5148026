"""Figures of matplotlib: they show themselves in notebooks, become files or a part of a page, and name their points."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure as Plain

from archgraph.persistence.files import atomic_path
from archgraph.reports.page_drawing import DrawnGraph, as_data
from archgraph.texts import printable

MAX_PIXELS = 30_000
"""Longest side of a .png picture; matplotlib's Agg takes no side of 2^16 pixels or more."""
_SALT = "archgraph"  # of the ids in .svg files, which are then the same for the same picture
_DRAWN = "\ue000"  # between what a point says and the graph that it draws; no text that may be shown holds it
_NAMED = re.compile(rf"""<a xlink:href=(["'])([^{_DRAWN}]*?)(?:{_DRAWN}(.*?))?\1[^>]*>(.*?)</a>""", re.S)


class Figure(Plain):
    """A figure of matplotlib that shows itself in a notebook; matplotlib's own does so for `pyplot` alone."""

    def _repr_svg_(self) -> str:
        return svg(self)


def save(figure: Plain, path: Path | str) -> None:
    """Write a figure to a file, .svg, .png or what else matplotlib knows by its suffix, whole or not at all.

    Raises:
        InputError: the folder of `path` does not exist or cannot be written.
    """
    undated: dict[str, Any] = {"metadata": {"Date": None}} if Path(path).suffix.lower() == ".svg" else {}
    with atomic_path(path) as temporary, mpl.rc_context({"svg.hashsalt": _SALT}):
        figure.savefig(temporary, dpi=min(150, MAX_PIXELS / max(figure.get_size_inches())), **undated)


def svg(figure: Plain) -> str:
    """A figure as an <svg> element for a page of HTML, the same for the same figure.

    Points that were named say so under `data-cell`, and have their graph under `data-graph`; a page shows both
    (`archgraph.reports.report_look`).
    """
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": _SALT, "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return _NAMED.sub(_named, text[text.index("<svg") :])


def _named(link: re.Match[str]) -> str:
    quote, text, graph, shape = link.groups()
    drawn = f" data-graph={quote}{graph}{quote}" if graph else ""
    return f"<g data-cell={quote}{text}{quote}{drawn}>{shape}</g>"


def name_points(points: PathCollection, texts: Sequence[str], graphs: Sequence[DrawnGraph | None] = ()) -> None:
    """Say of each point of a scatter what it stands for, and which graph; matplotlib keeps it as the point's link."""
    said = [printable(text, lines=True) for text in texts]
    drawn = [as_data(graph) for graph in graphs] or [""] * len(said)
    points.set_urls([f"{text}{_DRAWN}{graph}" if graph else text for text, graph in zip(said, drawn, strict=True)])
