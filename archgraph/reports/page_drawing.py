"""A graph that a page of HTML draws itself: the explorer's cells, and those of a figure's points."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Protocol

from archgraph.architecture import Edge

MOST_NODES = 64
"""Of a graph that is drawn where it is pointed at; a larger one could not be read there."""

DRAWING = """
const html = text => String(text).replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`);
// A graph {ops, edges} as a drawing: nodes in columns by depth, in rows where those are more than `most`; what carries
// nothing is faded.
function drawing(g, most = 14) {
  const n = g.ops.length, off = g.ops.map(o => o === "zero"), to = Array(n).fill(false), from = Array(n).fill(false);
  const edges = [...g.edges].sort((a, b) => a[0] - b[0]), depth = Array(n).fill(0), y = Array(n).fill(0);
  to[0] = from[n - 1] = true;
  for (const [s, t] of edges) { to[t] ||= to[s] && !off[s] && !off[t]; depth[t] = Math.max(depth[t], depth[s] + 1); }
  for (const [s, t] of [...edges].reverse()) from[s] ||= from[t] && !off[t] && !off[s];
  const columns = []; depth.forEach((d, v) => (columns[d] ||= []).push(v));
  const near = g.ops.map(() => []); for (const [s, t] of edges) { near[s].push(t); near[t].push(s); }
  const mean = v => near[v].length ? near[v].reduce((sum, u) => sum + y[u], 0) / near[v].length : 0;
  for (let round = 0; round < 6; round++) for (const column of columns)
    column.map(v => [mean(v), v]).sort((a, b) => a[0] - b[0] || a[1] - b[1])
      .forEach(([, v], k) => { y[v] = k - (column.length - 1) / 2; });
  const upright = columns.length > most, half = v => g.ops[v].length * 3.4 + 5, tall = 34;
  const across = upright ? 2 * Math.max(...g.ops.map((_, v) => half(v))) + 12 : tall;
  const least = Math.min(...y), broad = (Math.max(...y) - least) * across, along = []; let end = upright ? 22 : 10;
  for (const column of columns) {
    const room = upright ? 0 : Math.max(...column.map(half));
    along.push(end + room); end += upright ? tall : 2 * room + 20;
  }
  const side = upright ? across / 2 + 4 : 22;
  const width = upright ? broad + 2 * side : end, high = upright ? end : broad + 44;
  const at = v => { const a = along[depth[v]], b = (y[v] - least) * across + side; return upright ? [b, a] : [a, b]; };
  const reach = v => upright ? 11 : half(v), alive = v => to[v] && from[v], parts = [];
  for (const [s, t] of edges) {
    const [a, b] = at(s), [c, d] = at(t), beside = depth[t] - depth[s] > 1 && y[s] === y[t] ? across * -.55 : 0;
    const [start, stop] = upright ? [b + reach(s), d - reach(t) - 2] : [a + reach(s), c - reach(t) - 2];
    const bend = Math.max(10, (stop - start) / 2);
    const way = upright ? `M${a},${start}C${a + beside},${start + bend} ${c + beside},${stop - bend} ${c},${stop}`
      : `M${start},${b}C${start + bend},${b + beside} ${stop - bend},${d + beside} ${stop},${d}`;
    parts.push(`<path d="${way}" fill="none" stroke="currentColor" opacity="${alive(s) && alive(t) ? .8 : .22}"
      marker-end="url(#tip-arrow)"/>`);
  }
  g.ops.forEach((o, v) => { const [a, b] = at(v), w = half(v);
    parts.push(`<g opacity="${alive(v) ? 1 : .3}"><rect x="${a - w}" y="${b - 11}" width="${2 * w}" height="22" rx="5"
      style="fill: var(--fill); stroke: currentColor"/><text x="${a}" y="${b + 4}" text-anchor="middle" font-size="11"
      font-family="ui-monospace, monospace" fill="currentColor">${html(o)}</text></g>`); });
  return `<svg viewBox="0 0 ${width} ${high}" width="${width}" role="img" aria-label="The architecture"><defs>
    <marker id="tip-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">
    <path d="M0,0L8,4L0,8z" fill="currentColor"/></marker></defs>${parts.join("")}</svg>`;
}
"""
"""The function `drawing` of a page, and `html`, which makes a text safe in one."""


class DrawnGraph(Protocol):
    """What is asked of an `ArchGraph`, which draws itself in notebooks."""

    @property
    def ops(self) -> Sequence[str]: ...

    @property
    def edges(self) -> list[Edge]: ...


def as_data(graph: DrawnGraph | None) -> str:
    """What `drawing` reads, as JSON; empty of a graph that is not drawn.

    Example:
        >>> from archgraph import ArchGraph
        >>> from archgraph.reports.page_drawing import as_data
        >>> as_data(ArchGraph(["input", "output"], [(0, 1)]))
        '{"ops":["input","output"],"edges":[[0,1]]}'
    """
    if graph is None or len(graph.ops) > MOST_NODES:
        return ""
    return json.dumps({"ops": graph.ops, "edges": graph.edges}, separators=(",", ":"))
