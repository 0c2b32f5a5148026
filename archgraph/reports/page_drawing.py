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
// A graph {ops, edges} without its trivial sums: those of one input or one output.
function joined(g) {
  let edges = g.edges; const gone = new Set(), has = (s, t) => edges.some(e => e[0] === s && e[1] === t);
  g.ops.forEach((o, v) => {
    const to = edges.filter(e => e[1] === v), from = edges.filter(e => e[0] === v);
    if (o !== "sum" || Math.min(to.length, from.length) !== 1) return;
    const links = to.flatMap(([s]) => from.map(([, t]) => [s, t]));
    if (links.some(([s, t]) => has(s, t))) return;
    gone.add(v); edges = edges.filter(e => e[0] !== v && e[1] !== v).concat(links);
  });
  const kept = g.ops.map((_, v) => v).filter(v => !gone.has(v)), number = new Map(kept.map((v, k) => [v, k]));
  edges = edges.map(([s, t]) => [number.get(s), number.get(t)]).sort((a, b) => a[0] - b[0]);
  return { ops: kept.map(v => g.ops[v]), edges };
}
// It as a drawing: nodes in columns by depth, in rows where those are more than `most`; an edge crosses the columns
// between its ends beside their nodes; what carries nothing is faded.
function drawing(graph, most = 14) {
  const { ops, edges } = joined(graph), n = ops.length, off = ops.map(o => o === "zero");
  const to = Array(n).fill(false), from = Array(n).fill(false), depth = Array(n).fill(0);
  to[0] = from[n - 1] = true;
  for (const [s, t] of edges) { to[t] ||= to[s] && !off[s] && !off[t]; depth[t] = Math.max(depth[t], depth[s] + 1); }
  for (const [s, t] of [...edges].reverse()) from[s] ||= from[t] && !off[t] && !off[s];
  const alive = v => to[v] && from[v], ways = edges.map(([s, t]) => {
    const way = [s]; for (let d = depth[s] + 1; d < depth[t]; d++) way.push(depth.push(d) - 1);
    return [...way, t];
  });
  const near = depth.map(() => []), columns = [], y = depth.map(() => 0), room = v => v < n ? 1 : .45;
  depth.forEach((d, v) => (columns[d] ||= []).push(v));
  for (const way of ways) way.slice(1).forEach((v, k) => { near[v].push(way[k]); near[way[k]].push(v); });
  for (let round = 0; round < 8; round++) for (const column of columns) {
    const mean = v => near[v].length ? near[v].reduce((sum, u) => sum + y[u], 0) / near[v].length : 0;
    const sorted = column.map(v => [mean(v), v]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(one => one[1]);
    let top = -sorted.reduce((sum, v) => sum + room(v), 0) / 2;
    for (const v of sorted) { y[v] = top + room(v) / 2; top += room(v); }
  }
  const upright = columns.length > most, half = v => v < n ? ops[v].length * 3.4 + 5 : 0;
  const across = upright ? 2 * Math.max(...ops.map((_, v) => half(v))) + 12 : 34, along = [], thick = []; let end = 8;
  for (const column of columns) {
    const size = upright ? 11 : Math.max(8, ...column.map(half));
    along.push(end + size); thick.push(size); end += 2 * size + (upright ? 14 : 22);
  }
  end -= upright ? 6 : 14;
  const least = Math.min(...y.map((at, v) => at - room(v) / 2));
  const broad = (Math.max(...y.map((at, v) => at + room(v) / 2)) - least) * across;
  const beside = v => (y[v] - least) * across, point = (a, b) => upright ? `${b},${a}` : `${a},${b}`, parts = [];
  const reach = v => v < n && !upright ? half(v) : thick[depth[v]];
  for (const way of ways) {
    let path = "";
    for (let k = 1; k < way.length; k++) {
      const [u, v] = [way[k - 1], way[k]], last = k === way.length - 1;
      const start = along[depth[u]] + reach(u), stop = along[depth[v]] - reach(v) - (last ? 2 : 0);
      const bend = (stop - start) / 2, [a, b] = [beside(u), beside(v)];
      path += `${path ? "L" : "M"}${point(start, a)}C${point(start + bend, a)} ${point(stop - bend, b)} `
        + point(stop, b);
    }
    const shade = alive(way[0]) && alive(way[way.length - 1]) ? .8 : .22;
    parts.push(`<path d="${path}" fill="none" stroke="currentColor" opacity="${shade}" marker-end="url(#tip-arrow)"/>`);
  }
  ops.forEach((o, v) => {
    const w = half(v), flow = along[depth[v]], [a, b] = upright ? [beside(v), flow] : [flow, beside(v)];
    parts.push(`<g opacity="${alive(v) ? 1 : .3}"><rect x="${a - w}" y="${b - 11}" width="${2 * w}" height="22" rx="5"
      style="fill: var(--fill); stroke: currentColor"/><text x="${a}" y="${b + 4}" text-anchor="middle" font-size="11"
      font-family="ui-monospace, monospace" fill="currentColor">${html(o)}</text></g>`);
  });
  const [width, high] = upright ? [broad, end] : [end, broad];
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
