"""Warm start: what a predictor of another metric, or of another space, says before any label does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from archgraph.persistence.arrays import flatten, groups
from encoders.delta.features import Features
from encoders.delta.subspaces import Subspaces

if TYPE_CHECKING:
    from encoders.delta.predictor import DeltaPredictor

_CAUTION = 4.0  # labels' worth of belief that the other metric says nothing
Floats = NDArray[np.float64]


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
    def fit(
        cls, source: DeltaPredictor, features: Features, x: NDArray[np.floating], y: Floats, seed: int
    ) -> WarmStart:
        """What `source` says, scaled for labels `y` [N] of architectures with normal scores `x` [N, F]."""
        known = {name: number for number, name in enumerate(source.features.plain_names)}
        shared = {number: known[name] for number, name in enumerate(features.plain_names) if name in known}
        columns = np.array(list(shared), dtype=np.int64)
        there = source.feature_scales(source.features(source.anchors))
        wanted = source.scale.score(source.anchors.metrics[source.metric].to_numpy(float))
        processes = Subspaces.fit(there[:, list(shared.values())], wanted, seed)
        said = processes.mean(x[:, columns])
        return cls(columns, processes, np.array([said @ y / (said @ said + _CAUTION)]))

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
