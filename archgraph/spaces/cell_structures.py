"""All cells of at most seven nodes: graphs of a few edges, each labelled with operations in every distinct way.

Works in three steps: list the upper triangular matrices whose nodes all lie on a path, keep one of each isomorphism
class of them, and label the interior nodes of each, keeping one of each class under its automorphisms. Two matrices
are isomorphic exactly when exchanges of neighbouring, unconnected nodes lead from one to the other, since such
exchanges connect all topological orders of a graph. An edge set is a bit mask over the pairs (source, target) in
lexicographic order, an operation labelling a number whose digits are the operations of nodes 1 to n - 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.int64]


@dataclass(frozen=True)
class Structures:
    """Non-isomorphic graphs on n nodes and the labellings of each.

    Attributes:
        adjacency: [structures, n, n] bool, upper triangular.
        structure: the structure of each cell, [cells] int64.
        labels: operations of the interior nodes of each cell, [cells, n - 2] int8.
    """

    adjacency: NDArray[np.bool_]
    structure: NDArray[np.int64]
    labels: NDArray[np.int8]


def labelled_cells(n: int, max_edges: int, operations: int) -> Structures:
    """All cells on n nodes, 2 <= n <= 7, with at most `max_edges` edges, each once up to isomorphism."""
    codes = _representatives(n, _full_codes(n, max_edges))
    structure, labelling = _distinct_labellings(n, codes, operations)
    digits = operations ** np.arange(n - 2, dtype=np.int64)
    labels = ((labelling[:, None] // digits) % operations).astype(np.int8)
    return Structures(_adjacency(n, codes), structure, labels)


def smallest_cells(
    n: int, masks: Bits, labelling: Bits, operations: int, renumberings: Iterable[tuple[int, ...]]
) -> tuple[Bits, Bits]:
    """The isomorphic cell with the smallest edge mask, and of those the smallest labelling, for each cell.

    Args:
        n: nodes of each cell, at most 7.
        masks: edges of each cell, [cells].
        labelling: operations of nodes 1 to n - 2 of each cell, [cells].
        operations: number of operations; with one, nodes 0 and n - 1 may be renumbered, too.
        renumberings: the renumberings to try, the identity among them; node i becomes node `order[i]`.
    """
    labels = operations ** max(n - 2, 0)
    best = np.full(len(masks), np.iinfo(np.int64).max)
    for order in renumberings:
        mask, valid = permuted(n, masks, order)
        relabelled = _relabelled(labelling, operations, order)
        np.minimum(best, mask * labels + relabelled, out=best, where=valid)
    return best // labels, best % labels


def pairs(n: int) -> list[tuple[int, int]]:
    """Pairs (source, target) of n nodes, lowest bit of a mask first."""
    return list(combinations(range(n), 2))


def _adjacency(n: int, codes: Bits) -> NDArray[np.bool_]:
    adjacency = np.zeros((len(codes), n, n), dtype=np.bool_)
    for bit, (s, t) in enumerate(pairs(n)):
        adjacency[:, s, t] = (codes >> bit) & 1
    return adjacency


def _full_codes(n: int, max_edges: int) -> Bits:
    """Masks of at most `max_edges` edges in which every node lies on a path from the first to the last.

    That is, every node but the last has a successor, and every node but the first a predecessor.
    """
    ends = pairs(n)
    codes = np.arange(1 << len(ends), dtype=np.int64)
    codes = codes[np.bitwise_count(codes) <= max_edges]
    for node in range(n):
        for end, exempt in ((0, n - 1), (1, 0)):
            if node != exempt:
                codes = codes[codes & sum(1 << b for b, pair in enumerate(ends) if pair[end] == node) != 0]
    return codes


def permuted(n: int, codes: Bits, order: tuple[int, ...]) -> tuple[Bits, NDArray[np.bool_]]:
    """The masks with node i renumbered `order[i]`, and whether each is still upper triangular."""
    ends = pairs(n)
    bit = {pair: b for b, pair in enumerate(ends)}
    result, backward = np.zeros_like(codes), 0
    for b, (s, t) in enumerate(ends):
        if order[s] < order[t]:
            result |= ((codes >> b) & 1) << bit[order[s], order[t]]
        else:
            backward |= 1 << b
    return result, (codes & backward) == 0


def _representatives(n: int, codes: Bits) -> Bits:
    """The smallest mask of each isomorphism class; `codes` is sorted and closed under isomorphism."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    sources, targets = [], []
    for node in range(1, n - 2):
        order = list(range(n))
        order[node], order[node + 1] = node + 1, node
        swapped, valid = permuted(n, codes, tuple(order))
        sources.append(np.flatnonzero(valid))
        targets.append(np.searchsorted(codes, swapped[valid]))
    if not sources:
        return codes
    row, column = np.concatenate(sources), np.concatenate(targets)
    links = coo_array((np.ones(len(row), np.bool_), (row, column)), shape=(len(codes), len(codes)))
    _, component = connected_components(links, directed=False)
    return codes[np.unique(component, return_index=True)[1]]


def _distinct_labellings(n: int, codes: Bits, operations: int) -> tuple[NDArray[np.int64], Bits]:
    """Pairs (structure, labelling): the smallest labelling of each orbit under the structure's automorphisms."""
    count = operations ** (n - 2)
    labelling = np.arange(count, dtype=np.int64)
    smallest = np.ones((len(codes), count), dtype=np.bool_)
    for order in interior_permutations(n):
        renumbered, valid = permuted(n, codes, order)
        fixed = valid & (renumbered == codes)
        relabelled = _relabelled(labelling, operations, order)
        smallest[fixed] &= relabelled >= labelling
    structure, label = np.nonzero(smallest)
    return structure.astype(np.int64), label.astype(np.int64)


def _relabelled(labelling: Bits, operations: int, order: tuple[int, ...]) -> Bits:
    """The labellings with node i renumbered `order[i]`."""
    if operations == 1:
        return labelling
    relabelled = np.zeros_like(labelling)
    for i in range(1, len(order) - 1):
        relabelled += (labelling // operations ** (i - 1)) % operations * operations ** (order[i] - 1)
    return relabelled


def interior_permutations(n: int) -> Iterator[tuple[int, ...]]:
    """The renumberings of n nodes that leave the first and the last where they are."""
    for interior in permutations(range(1, n - 1)):
        yield (0, *interior, n - 1)
