"""Pictures of the graphs of a table: what each is called, and what it costs."""

from __future__ import annotations

from archgraph.drawing.graphs import draw_graphs
from archgraph.errors import CompileError, GraphError, InputError
from archgraph.networks.cost import cost_of_member
from archgraph.reports.figures import Figure
from archgraph.spaces import get
from archgraph.spaces.base import Space
from archgraph.table.table import ArchTable

SHOWN = 12
"""Graphs of a table that are drawn where none is named."""


def draw_table(table: ArchTable, id: str | None = None) -> Figure:
    """A figure of the first 12 graphs of a table, or of the graph called `id`.

    Above each stand its id, its native form where that is another, and the trainable parameters of its network as the
    space publishes it; of a graph without a space, or without a network, its metric `params`, where it has one.

    Raises:
        InputError: no graph has this id.

    Example:
        >>> from archgraph import draw_table, spaces
        >>> figure = draw_table(spaces.get("dag:1-3").enumerate())
        >>> len(figure.axes), figure.axes[1].get_title().split("\\n")
        (9, ['2:', '78,218 parameters'])
    """
    rows = [row for row, name in enumerate(table.ids) if id is None or name == id][:SHOWN]
    if not rows:
        raise InputError(f"no graph with id {id!r}; `archgraph info` describes the file")
    known = {name: _space(name) for name in {str(table.space[row]) for row in rows}}
    return draw_graphs([table[row] for row in rows], [_caption(table, row, known[table.space[row]]) for row in rows])


def _space(name: str) -> Space | None:
    """The space of this name; None where there is none here, as one that another file describes."""
    try:
        return get(name) if name else None
    except InputError:
        return None


def _caption(table: ArchTable, row: int, space: Space | None) -> str:
    found = [str(table.ids[row])]
    params = table.metrics["params"][row] if "params" in table.metrics else float("nan")
    cost = f"params {params:,.10g}" if params == params else ""
    if space is not None:
        graph = table[row]
        try:
            found.append(space.to_native(graph))
            cost = f"{cost_of_member(graph, space).params:,} parameters"
        except (GraphError, CompileError):
            pass  # no member of the space that it names, or one without a network: less is known of it
    return "\n".join(dict.fromkeys(filter(None, [*found, cost])))
