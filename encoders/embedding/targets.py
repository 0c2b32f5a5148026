"""What a graph teaches the encoder without a label: its code, its statistics, and how far its neighbours are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from archgraph.errors import InputError
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.embedding.pairs import EditPairs, edit_pairs
from encoders.features.padded import chosen_operations
from encoders.features.statistics import statistics

SPREAD = 1.0
"""Standard deviation of all statistics together in the embedding space; small, so that edits shape its distances."""
_SAMPLE, _NUMBERS = 20_000, 20_000_000  # graphs whose statistics give the principal components, and numbers of these


@dataclass(frozen=True)
class Codes:
    """The codes of the graphs of one space.

    Args:
        row: of each graph of the table in `codes`, -1 for graphs of other spaces, [len(table)].
        codes: [graphs of the space, positions].
    """

    row: NDArray[np.int64]
    codes: Tensor


def codes_by_space(table: ArchTable, known: Mapping[str, Space]) -> dict[str, Codes]:
    """The codes of the graphs of each space that has codes, by the space's name.

    Raises:
        InputError: a graph is no member of the space that the table names.
    """
    found = {}
    for name, space in known.items():
        rows = np.flatnonzero(table.space == name)
        if len(rows) and space.options:
            row = np.full(len(table), -1)
            row[rows] = np.arange(len(rows))
            found[name] = Codes(row, torch.from_numpy(space.to_codes(table[rows])))
    return found


def pairs_by_space(
    table: ArchTable, known: Mapping[str, Space], n: int, seed: int, unseen: ArchTable
) -> EditPairs | None:
    """At most n pairs, each space with its share of the table; None where there are none.

    Args:
        unseen: graphs that no pair may hold.
    """
    found = []
    hidden = set(unseen.hashes())
    for name, space in known.items():
        rows = np.flatnonzero(table.space == name)
        if len(rows) and space.options:
            rng = np.random.default_rng(derive_seed(seed, "pairs", name))
            pairs = edit_pairs(space, table[rows], max(1, n * len(rows) // len(table)), rng)
            seen = np.array([one not in hidden for one in pairs.second.hashes()], dtype=np.bool_)
            found.append(EditPairs(pairs.first[seen], pairs.second[seen], pairs.distance[seen]))
    if not sum(map(len, found)):
        return None
    return EditPairs(
        ArchTable.concatenate([pairs.first for pairs in found]),
        ArchTable.concatenate([pairs.second for pairs in found]),
        np.concatenate([pairs.distance for pairs in found]),
    )


def principal_statistics(table: ArchTable, components: int, rng: np.random.Generator) -> Tensor:
    """The first principal components of the graphs' standardised statistics, [len(table), at most `components`].

    Scaled by one number for all, so that all statistics together have the standard deviation `SPREAD`.

    Raises:
        InputError: the statistics of the graphs are all the same.
    """
    values = statistics(table, chosen_operations(table))
    spread = values.std(axis=0)
    varying = spread > 1e-6
    if not varying.any():
        raise InputError("the graphs are all alike: an encoder is trained on graphs that differ")
    values = values[:, varying]
    values -= values.mean(axis=0)
    values /= spread[varying]
    values *= SPREAD / np.sqrt(varying.sum())
    sample = values[rng.permutation(len(values))[: min(_SAMPLE, _NUMBERS // values.shape[1])]]
    directions = np.linalg.svd(sample, full_matrices=False)[2][:components]
    signs = np.sign(directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)])
    return torch.from_numpy(values @ (directions * signs[:, None]).T)
