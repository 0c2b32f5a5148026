"""Edit paths from one architecture to another.

Unit edits: change the operation of a node, add or remove an edge, add or remove a node that has no edge. Input and
output stay. The distance of two architectures is the least number of unit edits from one to a graph isomorphic to
the other; what lies between need not be an architecture, but is acyclic.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from archgraph._make_graph import make_graph
from archgraph.architecture import Edge
from archgraph.edits.distance import match
from archgraph.edits.order import topological
from archgraph.errors import GraphError

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph


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
    number = {node: i for i, node in enumerate(sorted(ops))}
    renumbered = [(number[s], number[t]) for s, t in edges]
    return make_graph(*topological([ops[i] for i in sorted(ops)], renumbered, number[output]))


def _applies(edit: Edit, ops: dict[int, str], edges: set[Edge]) -> bool:
    present = [node in ops for node in edit.nodes]
    if edit.kind == "add_node":
        return not any(present)
    if edit.kind == "remove_node":
        return all(present) and not any(edit.nodes[0] in edge for edge in edges)
    if edit.kind == "change_op":
        return all(present)
    return all(present) and ((edit.nodes[0], edit.nodes[1]) in edges) == (edit.kind == "remove_edge")
