"""Graph statistics: what can be counted in an architecture without training anything.

In the manner of GRAF (Kadlecova et al., "Surprisingly Strong Performance Prediction with Neural Graph Features", ICML
2024); which counts are taken, and how operations are grouped, is a reconstruction.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from archgraph.table.table import ArchTable
from encoders.features.padded import FIRST, INPUT, JOIN, OUTPUT, PaddedGraphs, padded

_ALL_SUBSETS = 5  # operations up to which every subset of them is asked for
_MOST_PATHS = 1e300
Floats = NDArray[np.float32]


def statistics(table: ArchTable, operations: Sequence[str], effective: bool = False) -> Floats:
    """Statistics of every graph; a path's length is the number of operations on it.

    Args:
        table: any graphs.
        operations: names of the operations that are told apart, such as `padded.chosen_operations` gives.
        effective: count only what is on a path from the input to the output without a `zero`.

    Returns:
        [len(table), F], the columns as `statistic_names(operations)` names them.

    Raises:
        InputError: an operation of the table is not among `operations`.
    """
    allowed, counted = _queries(len(operations))
    result = np.empty((len(table), len(statistic_names(operations))), dtype=np.float32)
    for graphs in padded(table, operations, width=allowed.shape[1] + (len(operations) + 2) ** 2, effective=effective):
        blocks = (_sizes(graphs), _counts(graphs, len(operations)), _paths(graphs, allowed, counted))
        result[graphs.rows] = np.concatenate([*blocks, _pairs(graphs, len(operations))]).T
    return result


def statistic_names(operations: Sequence[str]) -> list[str]:
    """Names of the columns of `statistics`; they depend on nothing but `operations`."""
    subsets = ["+".join(operations[i] for i in subset) or "nothing" for subset in _subsets(len(operations))]
    sources, targets = ["input", *operations], ["output", *operations]
    return [
        *("nodes", "edges", "depth", "degree of input", "degree of output", "largest degree in", "largest degree out"),
        *(f"{what} {name}" for what in ("count", "degree in", "degree out") for name in operations),
        *(f"shortest {name}" for name in subsets),
        *(f"fewest {name}" for name in operations),
        *(f"longest {name}" for name in subsets),
        *(f"most {name}" for name in operations),
        *(f"log paths {name}" for name in subsets),
        *(f"{source} -> {target}" for source in sources for target in targets),
    ]


def _subsets(count: int) -> list[tuple[int, ...]]:
    """The subsets of operations that paths are restricted to: all, or with many operations the small and the large."""
    sizes = range(count + 1) if count <= _ALL_SUBSETS else (0, 1, count - 1, count)
    return [subset for size in sizes for subset in combinations(range(count), size)]


@lru_cache
def _queries(count: int) -> tuple[NDArray[np.bool_], Floats]:
    """What each question about paths allows and counts, [classes, subsets + operations] each.

    The first questions allow and count the operations of a subset; the last allow all and count one.
    """
    subsets = _subsets(count)
    allowed = np.ones((FIRST + count, len(subsets) + count), dtype=np.bool_)
    counted = np.zeros(allowed.shape, dtype=np.float32)
    for number, subset in enumerate(subsets):
        chosen = np.isin(np.arange(count), subset)
        allowed[FIRST:, number], counted[FIRST:, number] = chosen, chosen
    counted[FIRST:, len(subsets) :] = np.eye(count)
    return allowed, counted


def _sizes(graphs: PaddedGraphs) -> Floats:
    """[7, B], as named."""
    into, out = graphs.edges.sum(axis=0), graphs.edges.sum(axis=1)
    alive = (into + out > 0).sum(axis=0)
    sizes = (alive, into.sum(axis=0), depths(graphs), out[0], into[-1], into.max(axis=0), out.max(axis=0))
    return np.stack(sizes).astype(np.float32)


def depths(graphs: PaddedGraphs) -> NDArray[np.int64]:
    """Edges on the longest path into the output, [B]."""
    depth = np.zeros((graphs.nodes, len(graphs.rows)), dtype=np.int64)
    for v, sources in enumerate(graphs.sources):
        depth[v] = np.where(graphs.edges[sources, v], depth[sources] + 1, 0).max(axis=0, initial=0)
    return depth[-1]


def _counts(graphs: PaddedGraphs, count: int) -> Floats:
    """How often each operation occurs, and the edges into and out of it, [3 * count, B]."""
    into, out = graphs.edges.sum(axis=0), graphs.edges.sum(axis=1)
    is_op = graphs.of_nodes(np.eye(FIRST + count, dtype=np.float32)[:, FIRST:])
    weights = np.stack([into > 0, into, out], axis=1).astype(np.float32)
    return np.einsum("nwb,ncb->wcb", weights, is_op).reshape(3 * count, -1)


def _paths(graphs: PaddedGraphs, allowed: NDArray[np.bool_], counted: Floats) -> Floats:
    """Shortest and longest path of each question and log(1 + paths) of each subset, [2 * questions + subsets, B].

    A longest path is 0, and a shortest as long as there are nodes, where there is no path at all.
    """
    subsets = allowed.shape[1] - (len(allowed) - FIRST)
    shortest = graphs.of_nodes(np.where(allowed, counted, np.float32(np.inf)))
    longest = graphs.of_nodes(np.where(allowed, counted, np.float32(-np.inf)))
    paths = graphs.of_nodes(allowed[:, :subsets].astype(np.float64))
    for v, sources in enumerate(graphs.sources[1:], start=1):
        edges = graphs.edges[sources, v][:, None]
        shortest[v] += np.where(edges, shortest[sources], np.inf).min(axis=0, initial=np.inf)
        longest[v] += np.where(edges, longest[sources], -np.inf).max(axis=0, initial=-np.inf)
        paths[v] *= np.minimum((edges * paths[sources]).sum(axis=0), _MOST_PATHS)
    least = np.where(np.isfinite(shortest[-1]), shortest[-1], graphs.nodes)
    most = np.where(np.isfinite(longest[-1]), longest[-1], 0)
    return np.concatenate([least, most, np.log1p(paths[-1])]).astype(np.float32)


def _pairs(graphs: PaddedGraphs, count: int) -> Floats:
    """How often one operation feeds another, directly or through sums, [(1 + count) ** 2, B]; log(1 + number)."""
    is_op = np.eye(FIRST + count)
    carried = graphs.of_nodes(is_op[:, [INPUT, *range(FIRST, FIRST + count)]])
    is_target = graphs.of_nodes(is_op[:, [OUTPUT, *range(FIRST, FIRST + count)]])
    joins = graphs.node_class.T == JOIN
    fed = np.zeros(carried.shape)
    for v, sources in enumerate(graphs.sources):
        fed[v] = np.minimum((graphs.edges[sources, v][:, None] * carried[sources]).sum(axis=0), _MOST_PATHS)
        carried[v] = np.where(joins[v], fed[v], carried[v])
    pairs = np.einsum("nsb,ntb->stb", fed, is_target)
    return np.log1p(pairs).reshape(is_target.shape[1] ** 2, -1).astype(np.float32)
