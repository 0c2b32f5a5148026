"""Blocks of features of a space's architectures, as normal scores of what is usual there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.ops import STRUCTURE
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.features.cell_counts import cell_counts, cell_inputs
from encoders.features.flow import flow_features
from encoders.features.normal_scores import FeatureScales
from encoders.features.statistics import statistics

FeatureRows = NDArray[np.float32]
Featurize = Callable[[ArchTable], NDArray[np.float32]]
"""Architectures -> one row of numbers each, which depend on the architecture alone."""
BLOCKS = ("physics", "statistics")
_POPULATION = 500  # architectures that tell what is usual in the space


@dataclass(frozen=True)
class KeptFeatures:
    """Which features of some blocks tell anything, and how they are scaled.

    Attributes:
        scales: of those that are kept.
        columns: which they are, [F].
        counts: how many equal features each stands for, [F].
    """

    scales: FeatureScales
    columns: NDArray[np.intp]
    counts: NDArray[np.intp]


class FeatureBlocks:
    """Reads blocks of features by name: `physics`, `statistics`, `spelling`, and further ones.

    What never varies in the space is left out, and of features that are always equal only the first is there; a part
    of the space or of the members tells that, and what is usual.

    Args:
        space: of the architectures.
        members: the only ones that there are; None where the whole space is open.
        further: kinds of features by name; `spelling` are the statistics with what has no effect on the output.

    Example:
        >>> from archgraph import spaces
        >>> from search.feature_blocks import FeatureBlocks
        >>> blocks = FeatureBlocks(spaces.get("macro"))
        >>> rows = blocks(blocks.space.table(blocks.space.sample_codes(3, np.random.default_rng(0))), ("physics",))
        >>> rows.shape == (3, len(blocks.kept(("physics",)).counts))
        True
    """

    def __init__(
        self, space: Space, members: ArchTable | None = None, further: Mapping[str, Featurize] | None = None
    ) -> None:
        self.space, self.members = space, members
        chosen = [name for name in space.operations if name not in STRUCTURE]
        inputs = cell_inputs(space.operations)
        self._blocks: dict[str, Featurize] = {
            "physics": lambda table: flow_features(table, chosen),
            "statistics": lambda table: _counted(table, chosen, inputs),
            "spelling": lambda table: statistics(table, chosen),
            **(further or {}),
        }
        self._kept: dict[tuple[str, ...], KeptFeatures] = {}

    def __call__(self, table: ArchTable, blocks: tuple[str, ...]) -> FeatureRows:
        """Normal scores of the features that are kept, [len(table), F]."""
        kept = self.kept(blocks)
        return kept.scales(self._read(table, blocks)[:, kept.columns])

    def kept(self, blocks: tuple[str, ...]) -> KeptFeatures:
        """What is kept of some blocks.

        Raises:
            InputError: there is no such block.
        """
        if unknown := [block for block in blocks if block not in self._blocks]:
            raise InputError(f"no features are called {unknown[0]!r}; choose from {', '.join(self._blocks)}")
        if blocks not in self._kept:
            rng = np.random.default_rng(derive_seed(0, "population", self.space.name))
            if self.members is not None:
                some = ArchTable.from_columns(
                    self.members.columns.take(rng.permutation(len(self.members))[:_POPULATION])
                )
            else:
                some = ArchTable.from_graphs(self.space.sample(_POPULATION, rng))
            found = self._read(some, blocks)
            equal: dict[bytes, list[int]] = {}
            for number in np.flatnonzero(np.ptp(found, axis=0)).tolist():
                equal.setdefault(found[:, number].tobytes(), []).append(number)
            columns, counts = (np.array([f(same) for same in equal.values()], dtype=np.intp) for f in (min, len))
            self._kept[blocks] = KeptFeatures(FeatureScales.of(found[:, columns]), columns, counts)
        return self._kept[blocks]

    def _read(self, table: ArchTable, blocks: Sequence[str]) -> FeatureRows:
        return np.concatenate([self._blocks[block](table) for block in blocks], axis=1)


def _counted(table: ArchTable, operations: Sequence[str], inputs: Sequence[str]) -> FeatureRows:
    """What is counted in a graph, and in each of its cells where there are several."""
    counts = statistics(table, operations, effective=True), cell_counts(table, operations, inputs)
    return np.concatenate(counts, axis=1)
