"""One-edit neighbours of an architecture."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from archgraph._make_graph import make_graph
from archgraph.architecture import Edge, on_a_path
from archgraph.canonical import RawGraph
from archgraph.edits.order import distinct, topological

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph

EditKind = Literal["op", "edge", "rewire", "node"]
_KINDS: tuple[EditKind, ...] = ("op", "edge", "node")


def neighbors(
    graph: ArchGraph,
    operations: Sequence[str],
    kinds: Collection[EditKind] = _KINDS,
    accept: Callable[[Sequence[str], Sequence[Edge]], bool] | None = None,
) -> list[ArchGraph]:
    """The architectures one edit away, each once up to isomorphism, the graph itself left out.

    Args:
        graph: where to start.
        operations: names of the operations that nodes may carry.
        kinds: of edits: `op` changes one operation (1 unit edit), `edge` adds or removes an edge (1), `rewire` gives
            an edge another source or target (2), `node` adds or removes a node with one edge in and one out (3).
            Default `op`, `edge` and `node`. Each kind has its inverse, so being neighbours is mutual.
        accept: a rule that operations and edges of a neighbour must meet; default any architecture.
    """
    ops, edges = graph.ops, graph.edges
    made: dict[EditKind, Callable[[], Iterator[RawGraph]]] = {
        "op": lambda: _changed_ops(ops, edges, operations),
        "edge": lambda: _changed_edges(ops, edges),
        "rewire": lambda: _rewired(ops, edges),
        "node": lambda: _changed_nodes(ops, edges, operations),
    }
    found = [candidate for kind in kinds for candidate in made[kind]() if accept is None or accept(*candidate)]
    return [make_graph(*raw) for raw in distinct(found, (ops, edges))]


def _changed_ops(ops: Sequence[str], edges: Sequence[Edge], operations: Sequence[str]) -> Iterator[RawGraph]:
    for i in range(1, len(ops) - 1):
        for name in operations:
            if name != ops[i]:
                yield (*ops[:i], name, *ops[i + 1 :]), edges


def _changed_edges(ops: Sequence[str], edges: Sequence[Edge]) -> Iterator[RawGraph]:
    for gone in edges:
        fewer = [e for e in edges if e != gone]
        if all(on_a_path(len(ops), fewer)):
            yield ops, fewer
    for new in _addable(len(ops), edges):
        yield topological(ops, [*edges, new])


def _rewired(ops: Sequence[str], edges: Sequence[Edge]) -> Iterator[RawGraph]:
    for gone in edges:
        fewer = [e for e in edges if e != gone]
        for new in _addable(len(ops), fewer):
            if new != gone and (new[0] == gone[0] or new[1] == gone[1]):
                changed = topological(ops, [*fewer, new])
                if all(on_a_path(len(ops), changed[1])):
                    yield changed


def _changed_nodes(ops: Sequence[str], edges: Sequence[Edge], operations: Sequence[str]) -> Iterator[RawGraph]:
    n = len(ops)
    for gone in range(1, n - 1):
        fewer = [e for e in edges if gone not in e]
        if len(edges) - len(fewer) == 2:
            shifted = [(s - (s > gone), t - (t > gone)) for s, t in fewer]
            if all(on_a_path(n - 1, shifted)):
                yield (*ops[:gone], *ops[gone + 1 :]), shifted
    for s, t in [*edges, *_addable(n, edges)]:
        for name in operations:
            yield topological((*ops, name), [*edges, (s, n), (n, t)], output=n - 1)


def _addable(n: int, edges: Sequence[Edge]) -> list[Edge]:
    """Pairs that are no edge and close no cycle; nothing enters node 0 or leaves node n - 1."""
    reach = [1 << i for i in range(n)]
    for s, t in sorted(edges, reverse=True):
        reach[s] |= reach[t]
    taken = set(edges)
    return [
        (s, t) for s in range(n - 1) for t in range(1, n) if s != t and (s, t) not in taken and not reach[t] >> s & 1
    ]
