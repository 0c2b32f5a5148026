"""What is near each architecture: in the embedding space, and by one edit, with what a predictor says of the change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from archgraph.errors import GraphError, InputError
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.delta.predictor import DeltaPredictor, EncodedArchitectures
from search.architectures import Architectures

NEAREST = 8
"""Architectures nearest to each in the embedding space."""
_TOGETHER = 4096  # pairs whose differences are predicted at once


@dataclass(frozen=True)
class NeighborPairs:
    """Pairs of architectures one edit apart, of each to all of its neighbours on the page.

    Args:
        starts: where the neighbours of each begin, [N + 1].
        to: numbers of the neighbours, [P].
        differences: predicted, from each to each neighbour, [P]; None without a predictor.
    """

    starts: NDArray[np.int64]
    to: NDArray[np.int64]
    differences: NDArray[np.float64] | None = None


def nearest(points: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The nearest others of each point, and how far they are; both [N, at most 8].

    Args:
        points: [N, latent].
    """
    count = min(NEAREST, len(points) - 1)
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(points)
    far, found = search.kneighbors()
    return found, far


def edit_pairs(
    table: ArchTable, space: Space, progress: Callable[[int], None] = lambda done: None
) -> NeighborPairs | None:
    """The neighbours of each architecture that are in the table too; None where one is no member of the space.

    Args:
        table: the architectures.
        space: of all of them.
        progress: is given how many are done.
    """
    members = ArchTable.from_columns(table.columns)  # the graphs alone
    met = Architectures(space, members)
    starts, to = [0], []
    for row in range(len(table)):
        try:
            near = np.unique(met.neighbors(row))
        except (GraphError, InputError):
            return None
        near = near[near != row]
        to.append(near)
        starts.append(starts[-1] + len(near))
        progress(row + 1)
    return NeighborPairs(np.array(starts), np.concatenate(to).astype(np.int64))


def with_differences(pairs: NeighborPairs, table: ArchTable, predictor: DeltaPredictor) -> NeighborPairs:
    """The pairs with predicted differences.

    Raises:
        InputError: the predictor does not read these architectures.
    """
    known = predictor.encode(table)
    first = np.repeat(np.arange(len(table)), np.diff(pairs.starts))
    found = np.empty(len(first))
    for start in range(0, len(first), _TOGETHER):
        part = slice(start, start + _TOGETHER)
        found[part] = predictor.difference_of(_rows(known, first[part]), _rows(known, pairs.to[part])).mean
    return NeighborPairs(pairs.starts, pairs.to, found)


def _rows(known: EncodedArchitectures, rows: NDArray[np.int64]) -> EncodedArchitectures:
    return EncodedArchitectures(known.x[rows], known.score[rows], known.context[:, rows])
