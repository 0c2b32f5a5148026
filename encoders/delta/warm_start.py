"""Warm start: what a predictor of another metric, or of another space, says before any label does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.persistence.arrays import flatten, groups
from encoders.delta.learners.subspaces import Subspaces

_CAUTION = 4.0  # labels' worth of belief that the other metric says nothing
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LabelledFeatures:
    """Labelled architectures as processes see them.

    Attributes:
        names: of the features, [F].
        x: normal scores of the features within their own population, [N, F].
        y: normal scores of the labels, [N].
    """

    names: Sequence[str]
    x: NDArray[np.float32]
    y: Floats


@dataclass(frozen=True)
class WarmStart:
    """A score learned elsewhere, times how much it says here (reconstruction).

    Processes learn the other metric from the other predictor's anchors, on the features that both know by name, each
    on the normal scores of its own population: "deep" means deep for its space. What they say is multiplied by its
    slope against the labels here, shrunk towards 0, and the predictor learns what is left over. The slope may be
    negative (an accuracy learned from a latency).

    Attributes:
        columns: the features here that both know.
        processes: learned elsewhere, on these features.
        slope: what a step of their mean is worth here, [1].
    """

    columns: NDArray[np.int64]
    processes: Subspaces
    slope: Floats

    @classmethod
    def fit(cls, source: LabelledFeatures, target: LabelledFeatures, seed: int) -> WarmStart:
        """What the labels of `source` say of features of the same names, scaled for the labels of `target`.

        Names are compared, so neither may hold what means another thing elsewhere, such as an embedding.
        """
        known = {name: number for number, name in enumerate(source.names)}
        shared = {number: known[name] for number, name in enumerate(target.names) if name in known}
        columns = np.array(list(shared), dtype=np.int64)
        processes = Subspaces.fit(source.x[:, list(shared.values())], source.y, seed)
        said = processes.mean(target.x[:, columns])
        return cls(columns, processes, np.array([said @ target.y / (said @ said + _CAUTION)]))

    def __call__(self, x: NDArray[np.floating]) -> Floats:
        """The score known before any label, [M] for normal scores of features [M, F]."""
        return self.slope[0] * self.processes.mean(x[:, self.columns])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The attributes by name, those of the processes in one."""
        return flatten({"columns": self.columns, "slope": self.slope, "processes": self.processes.arrays()})

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> WarmStart:
        """The warm start whose `arrays` these are."""
        return cls(arrays["columns"], Subspaces.from_arrays(groups(arrays)["processes"]), arrays["slope"])
