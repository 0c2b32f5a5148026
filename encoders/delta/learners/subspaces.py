"""Gaussian processes that each see a part of the features, averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.persistence.arrays import flatten, groups
from archgraph.seeds import derive_seed
from encoders.delta.learners.gaussian_process import GaussianProcess, Prior

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Subspaces:
    """An ensemble of processes on random halves of the features.

    With few labels the length scales of many features are anything but certain; averaging over halves (Ho, "The random
    subspace method for constructing decision forests", 1998) stands for averaging over them.

    Attributes:
        columns: the features that each process sees.
        processes: fitted on them; they keep what the mean needs.
    """

    columns: tuple[NDArray[np.int64], ...]
    processes: tuple[GaussianProcess, ...]

    @classmethod
    def fit(
        cls,
        x: NDArray[np.floating],
        y: Floats,
        seed: int,
        core: Sequence[int] = (),
        share: float = 0.5,
        most: int = 16,
    ) -> Subspaces:
        """Processes for features [N, F] and targets [N]; the more labels, the fewer: 16 up to 150, 4 from 600 on.

        Args:
            x: features.
            y: targets.
            seed: draws the features.
            core: features from which every second process draws its own; default all.
            share: part of the features that each process sees.
            most: processes at most.
        """
        rng = np.random.default_rng(derive_seed(seed, "subspaces"))
        count = int(np.clip(2400 // len(x), 4, most))
        pools = [np.arange(x.shape[1]), np.array(core if len(core) else range(x.shape[1]))]
        columns = tuple(_part(pools[number % 2], share, rng) for number in range(count))
        prior = Prior()
        fitted: dict[bytes, GaussianProcess] = {}  # of few features the same may be drawn twice
        for part in columns:
            if part.tobytes() not in fitted:
                process = GaussianProcess.fit(x[:, part], y, prior, iterations=30)
                fitted[part.tobytes()] = replace(process, factor=np.empty((0, 0)))
        return cls(columns, tuple(fitted[part.tobytes()] for part in columns))

    def mean(self, x: NDArray[np.floating]) -> Floats:
        """The average of the means, [M] for features [M, F]."""
        means = [process.mean(x[:, part]) for part, process in zip(self.columns, self.processes, strict=True)]
        return np.mean(means, axis=0)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The attributes by name, numbered."""
        pairs = zip(self.columns, self.processes, strict=True)
        return flatten({i: {"columns": part, **process.arrays()} for i, (part, process) in enumerate(pairs)})

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Subspaces:
        """The ensemble whose `arrays` these are."""
        parts = [dict(part) for _, part in sorted(groups(arrays).items(), key=lambda named: int(named[0]))]
        columns = tuple(part.pop("columns") for part in parts)
        return cls(columns, tuple(GaussianProcess(**part) for part in parts))


def _part(pool: NDArray[np.int64], share: float, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(rng.permutation(pool)[: max(1, round(share * len(pool)))])
