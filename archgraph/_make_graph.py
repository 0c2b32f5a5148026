"""A graph object made when one is needed, so that what works on columns and codes alone loads no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archgraph.architecture import Edge

if TYPE_CHECKING:
    from archgraph.graph import ArchGraph


def make_graph(ops: Sequence[str], edges: Sequence[Edge]) -> ArchGraph:
    """`ArchGraph(ops, edges)`; the first call loads torch.

    Raises:
        GraphError: the graph is not an architecture.
    """
    from archgraph.graph import ArchGraph

    return ArchGraph(ops, edges)
