"""What is known of every architecture for nothing, as targets to learn from: no label is among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archgraph import spaces as known_spaces
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.delta.features import Features
from encoders.features.normal_scores import FeatureScales

_CONSTANT = 1e-6
_OUTLIER = 4.0  # normal scores beyond which a target counts no further
_LONG = 100  # nodes of a graph from which fewer members are drawn


@dataclass(frozen=True)
class Lesson:
    """Architectures of one space, and what is known of each.

    Attributes:
        name: of the space, and whether it is read as it is or without what has no effect.
        table: the architectures.
        effective: whether the network reads only what is on effective paths.
        targets: normal scores, within the space, of statistics, flow features and costs, [len(table), F] float32.
    """

    name: str
    table: ArchTable
    effective: bool
    targets: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.table)


def lessons(spaces: Sequence[str], sample: int, seed: int) -> list[Lesson]:
    """The lessons of some spaces: two of each in which an operation may be a zero, of the others one.

    Args:
        spaces: their names.
        sample: members drawn of each space that has more; a tenth of it where graphs are long.
        seed: of the draws.
    """
    return [lesson for name in spaces for lesson in _of_space(known_spaces.get(name), sample, seed)]


def _of_space(space: Space, sample: int, seed: int) -> list[Lesson]:
    table = _members(space, sample, seed)
    features = Features.of(table)
    found = []
    for variant, x in zip(features.variants(), features.of_variants(table), strict=True):
        scores = FeatureScales.of(x)(x).clip(-_OUTLIER, _OUTLIER)
        varies = scores.std(axis=0) > _CONSTANT
        name = space.name if variant.effective else f"{space.name}, all"
        found.append(Lesson(name, table, variant.effective, np.ascontiguousarray(scores[:, varies])))
    return found


def _members(space: Space, sample: int, seed: int) -> ArchTable:
    """All members of a space that has no more than `sample`; of others the different ones among so many draws."""
    size = space.size()
    if size is not None and size <= sample:
        return space.enumerate()
    rng = np.random.default_rng(derive_seed(seed, "members", space.name))
    few = space.sample(1, rng)[0].num_nodes > _LONG
    drawn = ArchTable.from_graphs(space.sample(sample // 10 if few else sample, rng), space=space.name)
    return drawn[np.sort(np.unique(drawn.hashes(), return_index=True)[1])]
