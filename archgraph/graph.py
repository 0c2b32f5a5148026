"""ArchGraph: a neural architecture as a torch-geometric graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from archgraph._compat import Data
from archgraph.architecture import Edge, check_architecture
from archgraph.canonical import canonical_form, canonical_hashes
from archgraph.errors import GraphError
from archgraph.ops import OPS

if TYPE_CHECKING:
    import networkx as nx


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

    Example:
        >>> from archgraph import ArchGraph
        >>> graph = ArchGraph(["input", "conv3x3-relu", "sum", "output"], [(0, 1), (0, 2), (1, 2), (2, 3)])
        >>> graph == ArchGraph(["input", "conv3x3-relu", "sum", "output"], [(2, 3), (1, 2), (0, 2), (0, 1)])
        True
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

    def _repr_svg_(self) -> str | None:
        """The picture that a notebook shows; none of a graph of more than `MAX_EDGES`."""
        from archgraph.drawing.graphs import MAX_EDGES, draw_graphs
        from archgraph.reports.figures import svg

        return svg(draw_graphs([self])) if self.x is not None and self.num_edges <= MAX_EDGES else None

    def __repr__(self) -> str:
        if self.x is None or type(self) is not ArchGraph:
            return super().__repr__()
        inner = [name for name in self.ops[1:-1] if name != "sum"]
        counts = ", ".join(f"{inner.count(name)} {name}" for name in dict.fromkeys(inner))
        return f"ArchGraph(nodes={self.num_nodes}, edges={self.num_edges}, ops=[{counts}])"

    def to_networkx(self) -> nx.DiGraph[int]:
        """A networkx graph whose nodes carry the attribute `op`."""
        import networkx as nx

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
        import networkx as nx

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
    position = {n: i for i, n in enumerate(graph.nodes)}
    return lambda n: (rank.get(graph.nodes[n]["op"], 1), position[n])
