"""Graph statistics: what can be counted in an architecture without training anything.

In the manner of GRAF (Kadlecova et al., "Surprisingly Strong Performance Prediction with Neural Graph Features", ICML
2024); which counts are taken, and how operations are grouped, is a reconstruction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from archgraph.table.table import ArchTable
from encoders.features.padded import FIRST, INPUT, JOIN, OUTPUT, PaddedGraphs, padded

_ALL_SUBSETS = 5  # operations up to which every subset of them is asked for
_APART = 40  # operations up to which paths and pairs tell them apart; of more, the words that their names begin with
_MOST_PATHS = 1e300
Floats = NDArray[np.float32]


def statistics(table: ArchTable, operations: Sequence[str], effective: bool = False) -> Floats:
    """Statistics of every graph; a path's length is the number of operations on it.

    Args:
        table: any graphs.
        operations: names of the operations that are told apart, such as `padded.chosen_operations` gives. Of more than
            40, as spaces around networks have them, each is counted, but paths and pairs on edges tell apart only the
            words that the names begin with (`conv` of `conv3x3-bn`).
        effective: count only what is on a path from the input to the output without a `zero`.

    Returns:
        [len(table), F], the columns as `statistic_names(operations)` names them.

    Raises:
        InputError: an operation of the table is not among `operations`.
    """
    groups = _groups(tuple(operations))
    allowed, counted = _questions(tuple(operations))
    result = np.empty((len(table), len(statistic_names(operations))), dtype=np.float32)
    width = allowed.shape[1] + (len(groups) + 2) ** 2
    for graphs in padded(table, operations, width=width, effective=effective):
        paths = _paths(graphs, allowed, counted, len(_subsets(len(groups))))
        blocks = (_sizes(graphs), _counts(graphs, len(operations)), paths, _pairs(graphs, list(groups.values())))
        result[graphs.rows] = np.concatenate(blocks).T
    return result


def statistic_names(operations: Sequence[str]) -> list[str]:
    """Names of the columns of `statistics`; they depend on nothing but `operations`."""
    groups = list(_groups(tuple(operations)))
    subsets = ["+".join(groups[i] for i in subset) or "nothing" for subset in _subsets(len(groups))]
    sources, targets = ["input", *groups], ["output", *groups]
    return [
        *("nodes", "edges", "depth", "degree of input", "degree of output", "largest degree in", "largest degree out"),
        *(f"{what} {name}" for what in ("count", "degree in", "degree out") for name in operations),
        *(f"shortest {name}" for name in subsets),
        *(f"fewest {name}" for name in groups),
        *(f"longest {name}" for name in subsets),
        *(f"most {name}" for name in groups),
        *(f"log paths {name}" for name in subsets),
        *(f"{source} -> {target}" for source in sources for target in targets),
    ]


def _subsets(count: int) -> list[tuple[int, ...]]:
    """The subsets of operations that paths are restricted to: all, or with many operations the small and the large."""
    sizes = range(count + 1) if count <= _ALL_SUBSETS else (0, 1, count - 1, count)
    return [subset for size in sizes for subset in combinations(range(count), size)]


@lru_cache
def _groups(operations: tuple[str, ...]) -> dict[str, list[int]]:
    """What paths and pairs tell apart, by name: the numbers of the operations that count as one."""
    if len(operations) <= _APART:
        return {name: [number] for number, name in enumerate(operations)}
    found: dict[str, list[int]] = {}
    for number, name in enumerate(operations):
        word = re.match("[^0-9:-]*", name)
        found.setdefault(f"any {word[0] if word else ''}", []).append(number)
    return found


@lru_cache
def _questions(operations: tuple[str, ...]) -> tuple[NDArray[np.bool_], Floats]:
    """What each question about paths allows and counts, [classes, subsets + groups] each.

    The first questions allow and count the operations of a subset of the groups; the last allow all and count one.
    """
    groups, count = list(_groups(operations).values()), len(operations)
    subsets = _subsets(len(groups))
    allowed = np.ones((FIRST + count, len(subsets) + len(groups)), dtype=np.bool_)
    counted = np.zeros(allowed.shape, dtype=np.float32)
    for number, subset in enumerate(subsets):
        chosen = np.isin(np.arange(count), [one for group in subset for one in groups[group]])
        allowed[FIRST:, number], counted[FIRST:, number] = chosen, chosen
    for number, group in enumerate(groups, start=len(subsets)):
        counted[FIRST + np.array(group), number] = 1
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


def _paths(graphs: PaddedGraphs, allowed: NDArray[np.bool_], counted: Floats, subsets: int) -> Floats:
    """Shortest and longest path of each question and log(1 + paths) of each subset, [2 * questions + subsets, B].

    A longest path is 0, and a shortest as long as there are nodes, where there is no path at all.
    """
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


def _pairs(graphs: PaddedGraphs, groups: Sequence[Sequence[int]]) -> Floats:
    """How often one operation feeds another, directly or through sums, [(1 + P) ** 2, B]; log(1 + number).

    Args:
        graphs: B of them.
        groups: the numbers of the operations that count as one, P times.
    """
    count = sum(map(len, groups))
    is_op = np.zeros((FIRST + count, 2 + len(groups)))
    is_op[INPUT, 0] = is_op[OUTPUT, 1] = 1
    for place, numbers in enumerate(groups, start=2):
        is_op[FIRST + np.array(numbers), place] = 1
    carried = graphs.of_nodes(np.delete(is_op, 1, axis=1))
    is_target = graphs.of_nodes(is_op[:, 1:])
    joins = graphs.node_class.T == JOIN
    fed = np.zeros(carried.shape)
    for v, sources in enumerate(graphs.sources):
        fed[v] = np.minimum((graphs.edges[sources, v][:, None] * carried[sources]).sum(axis=0), _MOST_PATHS)
        carried[v] = np.where(joins[v], fed[v], carried[v])
    pairs = np.einsum("nsb,ntb->stb", fed, is_target)
    return np.log1p(pairs).reshape(is_target.shape[1] ** 2, -1).astype(np.float32)
