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
from archgraph.persistence.texts import printable

MAX_PIXELS = 30_000
"""Longest side of a .png picture; matplotlib's Agg takes no side of 2^16 pixels or more."""
_SALT = "archgraph"  # of the ids in .svg files, which are then the same for the same picture
_NAMED = re.compile(r"""<a xlink:href=("[^"]*"|'[^']*')[^>]*>(.*?)</a>""", re.S)


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

    Points that were named say so under `data-cell`, which the page shows (`archgraph.persistence.report_look`).
    """
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": _SALT, "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    return _NAMED.sub(r"<g data-cell=\1>\2</g>", text[text.index("<svg") :])


def name_points(points: PathCollection, texts: Sequence[str]) -> None:
    """Say of each point of a scatter what it stands for; matplotlib keeps it as the point's link."""
    points.set_urls([printable(text, lines=True) for text in texts])
