"""ArchGraph: a neural architecture as a torch-geometric graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
import torch

from archgraph._compat import Data
from archgraph.canonical import canonical_form, canonical_hashes
from archgraph.errors import GraphError
from archgraph.ops import OPS

MAX_NODES = 4096
"""Largest architecture that is read or built, in nodes; keeps a small hostile file from exploding."""

Edge = tuple[int, int]


class ArchGraph(Data):
    r"""A directed acyclic graph whose nodes carry operations and whose edges carry tensors.

    Nodes are in topological order, node 0 is `input`, the last node is `output`, and every node lies on a path
    from the first to the last. Two graphs are equal when they are isomorphic.

    Args:
        ops: operation names in node order.
        edges: pairs (source, target) with source < target.

    Attributes:
        x: operation indices into `archgraph.ops.OPS`, [num_nodes] int64.
        edge_index: sources and targets sorted by (source, target), [2, num_edges] int64.

    Raises:
        GraphError: the graph is not an architecture.
    """

    def __init__(self, ops: Sequence[str] = (), edges: Sequence[Edge] = (), **attributes: Any) -> None:
        # PyG builds empty objects when it batches or copies; only a graph with content is checked.
        super().__init__(**attributes)
        if len(ops) or len(edges):
            check_architecture(ops, edges)
            self.x = torch.tensor([OPS.index(name) for name in ops])
            self.edge_index = torch.tensor(sorted((int(s), int(t)) for s, t in edges)).T.contiguous()

    @property
    def ops(self) -> tuple[str, ...]:
        """Operation names in node order."""
        return tuple(OPS[i].name for i in self.x.tolist())

    @property
    def edges(self) -> list[Edge]:
        """Pairs (source, target), sorted."""
        return [(s, t) for s, t in self.edge_index.T.tolist()]

    def canonical(self) -> ArchGraph:
        """The representative of this graph's isomorphism class."""
        return ArchGraph(*canonical_form(self.ops, self.edges))

    def canonical_hash(self) -> str:
        """32 hexadecimal digits, equal exactly for isomorphic graphs; stable across runs and machines."""
        return canonical_hashes([(self.ops, self.edges)])[0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArchGraph):
            return False
        (ops, edges), (other_ops, other_edges) = ((g.ops, g.edges) for g in (self, other))
        if ops == other_ops and edges == other_edges:
            return True
        if len(edges) != len(other_edges) or sorted(ops) != sorted(other_ops):
            return False
        first, second = canonical_hashes([(ops, edges), (other_ops, other_edges)])
        return first == second

    def __hash__(self) -> int:
        return hash(self.canonical_hash())

    def __repr__(self) -> str:
        if self.x is None or type(self) is not ArchGraph:
            return super().__repr__()
        inner = [name for name in self.ops[1:-1] if name != "sum"]
        counts = ", ".join(f"{inner.count(name)} {name}" for name in dict.fromkeys(inner))
        return f"ArchGraph(nodes={self.num_nodes}, edges={self.num_edges}, ops=[{counts}])"

    def to_networkx(self) -> nx.DiGraph[int]:
        """A networkx graph whose nodes carry the attribute `op`."""
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from((i, {"op": name}) for i, name in enumerate(self.ops))
        graph.add_edges_from(self.edges)
        return graph

    @classmethod
    def from_networkx(cls, graph: nx.DiGraph[Any]) -> ArchGraph:
        """From a networkx graph whose nodes carry the attribute `op`; nodes may be in any order.

        Raises:
            GraphError: the graph has a cycle, a node lacks `op`, or the graph is not an architecture.
        """
        try:
            order = list(nx.lexicographical_topological_sort(graph, key=_input_first_output_last(graph)))
        except (nx.NetworkXUnfeasible, nx.NetworkXError) as error:
            raise GraphError(f"a networkx graph must be directed and acyclic: {error}") from error
        position = {node: i for i, node in enumerate(order)}
        return cls([graph.nodes[n]["op"] for n in order], [(position[s], position[t]) for s, t in graph.edges()])


def _input_first_output_last(graph: nx.DiGraph[Any]) -> Any:
    missing = [n for n, op in graph.nodes(data="op") if not isinstance(op, str)]
    if missing:
        raise GraphError(
            f"node {missing[0]!r} of a networkx graph has no `op` attribute; set it to an operation's name"
        )
    rank = {"input": 0, "output": 2}
    place = {n: i for i, n in enumerate(graph.nodes)}
    return lambda n: (rank.get(graph.nodes[n]["op"], 1), place[n])


def check_architecture(ops: Sequence[str], edges: Sequence[Edge]) -> None:
    """Check the rules that `ArchGraph` states.

    Raises:
        GraphError: the first rule broken, with the node or edge that breaks it.
    """
    n = len(ops)
    if not 2 <= n <= MAX_NODES:
        raise GraphError(f"an architecture has 2 to {MAX_NODES} nodes, but got {n}")
    for i, name in enumerate(ops):
        if not isinstance(name, str) or name not in OPS:
            raise GraphError(
                f"node {i}: unknown operation {str(name)[:64]!r}; `archgraph.ops.OPS` lists the known ones"
            )
    if ops[0] != "input" or ops[-1] != "output" or "input" in ops[1:] or "output" in ops[:-1]:
        raise GraphError("the first node, and no other, must be `input`, and the last, and no other, `output`")
    for edge in edges:
        if len(edge) != 2 or not all(isinstance(v, int | np.integer) and not isinstance(v, bool) for v in edge):
            raise GraphError(f"an edge is a pair of node numbers, but got {str(edge)[:64]}")
        if not 0 <= edge[0] < edge[1] < n:
            raise GraphError(
                f"edge {list(edge)}: an edge goes from a lower to a higher node among 0..{n - 1} (topological order)"
            )
    if len({(int(s), int(t)) for s, t in edges}) != len(edges):
        raise GraphError("the same edge is given twice")
    stray = [i for i, used in enumerate(on_a_path(n, edges)) if not used]
    if stray:
        raise GraphError(f"node {stray[0]} ({ops[stray[0]]}) lies on no path from input to output; remove it")


def on_a_path(n: int, edges: Sequence[Edge]) -> list[bool]:
    """For each of n nodes, whether it lies on a path from node 0 to node n - 1. Edges are topologically ordered."""
    forward = [i == 0 for i in range(n)]
    backward = [i == n - 1 for i in range(n)]
    for s, t in sorted(edges):
        forward[t] |= forward[s]
    for s, t in sorted(edges, key=lambda e: (e[1], e[0]), reverse=True):
        backward[s] |= backward[t]
    return [f and b for f, b in zip(forward, backward, strict=True)]


def prune(ops: Sequence[str], edges: Sequence[Edge]) -> tuple[list[str], list[Edge]]:
    """Drop the nodes that lie on no path from input to output, and their edges; order is kept.

    Raises:
        GraphError: no path leads from input to output.
    """
    keep = on_a_path(len(ops), edges)
    if not any(keep):
        raise GraphError("no path leads from input to output")
    place = np.cumsum(keep) - 1
    kept = [(int(place[s]), int(place[t])) for s, t in edges if keep[s] and keep[t]]
    return [name for name, k in zip(ops, keep, strict=True) if k], kept
