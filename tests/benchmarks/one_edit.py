"""Pairs of architectures that are one edit apart, and which differences between labels are more than noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archgraph import ArchTable, spaces
from encoders.features.normal_scores import RankScale


def one_edit(table: ArchTable, starts: int = 300, most: int = 3, seed: int = 0) -> NDArray[np.intp]:
    """Pairs of rows that are one edit apart: drawn rows, and of each up to `most` drawn neighbours, [P, 2]."""
    rng, space = np.random.default_rng(seed), spaces.get(str(table.space[0]))
    rows = {key: row for row, key in enumerate(table.hashes())}
    pairs = []
    for start in rng.permutation(len(table))[:starts].tolist():
        near = ArchTable.from_graphs(space.neighbors(table[start])).hashes()
        found = [rows[key] for key in near if key in rows]
        pairs += [(start, found[i]) for i in rng.permutation(len(found))[:most]]
    return np.array(pairs, dtype=np.intp)


@dataclass(frozen=True)
class Measured:
    """Two measurements of each architecture of a table, as normal scores: a label, and another accuracy.

    Attributes:
        label, again: normal scores, [N].
        function: architectures of the same number compute the same, [N].
    """

    label: NDArray[np.float64]
    again: NDArray[np.float64]
    function: NDArray[np.float64]

    @classmethod
    def of(cls, table: ArchTable, label: str, again: str) -> Measured:
        both = (table.metrics[name].to_numpy(float) for name in (label, again))
        first, second = (RankScale.of(y).score(y) for y in both)
        same = table.metrics["iso_id"] if "iso_id" in table.metrics else np.arange(len(table))
        return cls(first, second, np.asarray(same, dtype=np.float64))

    @property
    def noise(self) -> float:
        """Deviation of the difference of two measurements of one architecture."""
        return float(np.std(self.label - self.again))

    def tells(self, pairs: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether a pair [P, 2] computes different functions and its labels differ by more than noise, [P]."""
        a, b = pairs.T
        return (self.function[a] != self.function[b]) & (np.abs(self.label[b] - self.label[a]) > self.noise)

    def ceiling(self, pairs: NDArray[np.intp]) -> float:
        """The share of pairs [P, 2] whose sign the other measurement repeats."""
        a, b = pairs.T
        return float(np.mean(np.sign(self.label[b] - self.label[a]) == np.sign(self.again[b] - self.again[a])))
