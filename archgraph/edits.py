"""One-edit neighbours of an architecture, and edit paths from one to another.

Unit edits: change the operation of a node, add or remove an edge, add or remove a node that has no edge. Input and
output stay. The distance of two architectures is the least number of unit edits from one to a graph isomorphic to
the other; what lies between need not be an architecture, but is acyclic.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from archgraph.canonical import RawGraph, canonical_hashes
from archgraph.edit_distance import match
from archgraph.errors import GraphError
from archgraph.graph import ArchGraph, Edge, on_a_path

Move = Literal["op", "edge", "rewire", "node"]
_MOVES: tuple[Move, ...] = ("op", "edge", "node")


def neighbors(
    graph: ArchGraph,
    operations: Sequence[str],
    moves: Collection[Move] = _MOVES,
    accept: Callable[[Sequence[str], Sequence[Edge]], bool] | None = None,
) -> list[ArchGraph]:
    """The architectures one move away, each once up to isomorphism, the graph itself left out.

    Args:
        graph: where to start.
        operations: names of the operations that nodes may carry.
        moves: which of them: `op` changes one operation (1 unit edit), `edge` adds or removes an edge (1), `rewire`
            gives an edge another source or target (2), `node` adds or removes a node with one edge in and one out (3).
            Default `op`, `edge` and `node`. Each move has its inverse, so being neighbours is mutual.
        accept: a rule that operations and edges of a neighbour must meet; default any architecture.
    """
    ops, edges = graph.ops, graph.edges
    made: dict[Move, Callable[[], Iterator[RawGraph]]] = {
        "op": lambda: _changed_ops(ops, edges, operations),
        "edge": lambda: _changed_edges(ops, edges),
        "rewire": lambda: _rewired(ops, edges),
        "node": lambda: _changed_nodes(ops, edges, operations),
    }
    found = [candidate for move in moves for candidate in made[move]() if accept is None or accept(*candidate)]
    return [ArchGraph(*raw) for raw in distinct(found, (ops, edges))]


def distinct(graphs: Sequence[RawGraph], but: RawGraph) -> list[RawGraph]:
    """The first of each isomorphism class among `graphs`, without that of `but`; order is kept."""
    own, *hashes = canonical_hashes([but, *graphs])
    first = {h: raw for h, raw in zip(reversed(hashes), reversed(graphs), strict=True) if h != own}
    return list(reversed(first.values()))


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


def topological(ops: Sequence[str], edges: Iterable[Edge], output: int | None = None) -> RawGraph:
    """The same graph with nodes in topological order, input first and output last.

    Args:
        ops: operation of each node; node 0 is the input.
        edges: pairs (source, target) in any order.
        output: the output node; default the last.

    Raises:
        GraphError: the edges close a cycle.
    """
    last = len(ops) - 1 if output is None else output
    edges = list(edges)
    waiting = [0] * len(ops)
    after: list[list[int]] = [[] for _ in ops]
    for s, t in edges:
        waiting[t] += 1
        after[s].append(t)
    ready = [i for i in range(len(ops)) if not waiting[i] and i != last]
    order: list[int] = []
    for node in ready:
        order.append(node)
        for t in after[node]:
            waiting[t] -= 1
            if not waiting[t] and t != last:
                ready.append(t)
    if len(order) != len(ops) - 1 or waiting[last]:
        raise GraphError("the edges close a cycle; an architecture is acyclic")
    place = {node: i for i, node in enumerate([*order, last])}
    return tuple(ops[i] for i in [*order, last]), sorted((place[s], place[t]) for s, t in edges)


@dataclass(frozen=True)
class Edit:
    """One unit edit. Nodes keep the numbers of the graph that the path starts from; added nodes follow on.

    Args:
        kind: what is done.
        nodes: the node, or the source and target of the edge.
        op: the new operation, for `change_op` and `add_node`.
    """

    kind: Literal["change_op", "add_edge", "remove_edge", "add_node", "remove_node"]
    nodes: tuple[int, ...]
    op: str = ""

    def __str__(self) -> str:
        where = "->".join(map(str, self.nodes))
        return f"{self.kind.replace('_', ' ')} {where}" + (f" {self.op}" if self.op else "")


def edit_distance(first: ArchGraph, second: ArchGraph, seconds: float = 60.0) -> int:
    """The least number of unit edits between two architectures; exact, so for small graphs.

    Milliseconds for cells of up to about 10 nodes, about a second for DARTS genotypes (32 nodes). Three rows of FaDE's
    cells (about 40 nodes that look alike) can take half a minute, and more than that may not be found in time.

    Args:
        first: an architecture.
        second: another.
        seconds: when to give up, about.

    Raises:
        InputError: the distance could not be found in that time.
    """
    return match((first.ops, first.edges), (second.ops, second.edges), seconds)[0]


def edit_path(first: ArchGraph, second: ArchGraph, seconds: float = 60.0) -> list[Edit]:
    """A shortest sequence of unit edits from `first` to a graph isomorphic to `second`.

    It removes before it adds, so that every graph on the way is acyclic. `seconds` is as for `edit_distance`.

    Raises:
        InputError: as for `edit_distance`.
    """
    _, image = match((first.ops, first.edges), (second.ops, second.edges), seconds)
    # number the nodes of `second` as on the path: matched ones as in `first`, the others from len(first.ops) on
    number = {j: i for i, j in enumerate(image) if j >= 0}
    added = [j for j in range(len(second.ops)) if j not in number]
    number |= {j: len(first.ops) + k for k, j in enumerate(added)}
    before, after = set(first.edges), {(number[s], number[t]) for s, t in second.edges}
    return [
        *(Edit("remove_edge", edge) for edge in sorted(before - after)),
        *(Edit("remove_node", (i,)) for i, j in enumerate(image) if j < 0),
        *(
            Edit("change_op", (i,), second.ops[j])
            for i, j in enumerate(image)
            if j >= 0 and first.ops[i] != second.ops[j]
        ),
        *(Edit("add_node", (number[j],), second.ops[j]) for j in added),
        *(Edit("add_edge", edge) for edge in sorted(after - before)),
    ]


def apply_edits(graph: ArchGraph, edits: Iterable[Edit]) -> ArchGraph:
    """The architecture that a whole edit path leads to.

    Raises:
        GraphError: an edit does not apply, or what results is no architecture.
    """
    ops = dict(enumerate(graph.ops))
    edges = set(graph.edges)
    output = len(ops) - 1
    for edit in edits:
        if not _applies(edit, ops, edges) or (edit.kind == "remove_node" and edit.nodes[0] in (0, output)):
            raise GraphError(f"the edit `{edit}` does not apply; edits go in the order of their path")
        if edit.kind in ("change_op", "add_node"):
            ops[edit.nodes[0]] = edit.op
        elif edit.kind == "remove_node":
            del ops[edit.nodes[0]]
        else:
            edges ^= {(edit.nodes[0], edit.nodes[1])}
    place = {node: i for i, node in enumerate(sorted(ops))}
    moved = [(place[s], place[t]) for s, t in edges]
    return ArchGraph(*topological([ops[i] for i in sorted(ops)], moved, place[output]))


def _applies(edit: Edit, ops: dict[int, str], edges: set[Edge]) -> bool:
    present = [node in ops for node in edit.nodes]
    if edit.kind == "add_node":
        return not any(present)
    if edit.kind == "remove_node":
        return all(present) and not any(edit.nodes[0] in edge for edge in edges)
    if edit.kind == "change_op":
        return all(present)
    return all(present) and ((edit.nodes[0], edit.nodes[1]) in edges) == (edit.kind == "remove_edge")
