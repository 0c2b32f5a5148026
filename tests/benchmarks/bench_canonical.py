"""Canonical hashing of NAS-Bench-101's cells against networkx's Weisfeiler-Lehman hash, in the same run.

    python tests/benchmarks/bench_canonical.py

Prints graphs per second of both, and their ratio. networkx gets every 100th cell, as a networkx graph already built,
and its default of three rounds.
"""

import time
import warnings
from collections.abc import Callable

import networkx as nx
import numpy as np

from archgraph import ArchTable, spaces

REPEATS = 3


def ours(table: ArchTable) -> float:
    """Graphs per second of `ArchTable.hashes`; the best of a few runs."""
    return max(_rate(table.hashes, len(table)) for _ in range(REPEATS))


def theirs(table: ArchTable) -> float:
    """Graphs per second of networkx."""
    graphs = [graph.to_networkx() for graph in table[np.arange(0, len(table), 100)]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return max(_rate(lambda: _hash_all(graphs), len(graphs)) for _ in range(REPEATS))


def _hash_all(graphs: list[nx.DiGraph]) -> list[str]:
    return [nx.weisfeiler_lehman_graph_hash(graph, node_attr="op") for graph in graphs]


def _rate(run: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    run()
    return count / (time.perf_counter() - start)


if __name__ == "__main__":
    cells = spaces.get("nasbench101").enumerate()
    a, b = ours(cells), theirs(cells)
    print(f"archgraph {a:,.0f} graphs/s, networkx {b:,.0f} graphs/s, ratio {a / b:.1f}")
