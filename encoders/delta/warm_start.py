"""Warm start: what predictors of other metrics, or of other spaces, say before any label does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.persistence.arrays import flatten, groups
from encoders.delta.learners.subspaces import Subspaces
from encoders.delta.shared_score import LinearScore, SharedScore, shared_score

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

    From the anchors of other predictors a score is learned, on the features that all know by name, each
    on the normal scores of its own population: "deep" means deep for its space. What it says is multiplied by its
    slope against the labels here, shrunk towards 0, and the predictor learns what is left over. The slope may be
    negative (an accuracy learned from a latency).

    Attributes:
        columns: the features here that all know.
        score: learned elsewhere, on these features.
        slope: what a step of it is worth here, [1].
    """

    columns: NDArray[np.int64]
    score: SharedScore
    slope: Floats

    @classmethod
    def fit(cls, sources: Sequence[LabelledFeatures], target: LabelledFeatures, seed: int) -> WarmStart:
        """What the labels of `sources` say of features of the same names, scaled for the labels of `target`.

        Names are compared, so none may hold what means another thing elsewhere, such as an embedding.
        """
        start = cls.before_labels(sources, target.names, seed)
        said = start(target.x)
        return replace(start, slope=np.array([said @ target.y / (said @ said + _CAUTION)]))

    @classmethod
    def before_labels(cls, sources: Sequence[LabelledFeatures], names: Sequence[str], seed: int) -> WarmStart:
        """What the labels of `sources` say where there is no label yet: better where they are better.

        Args:
            sources: one at least.
            names: of the features here.
            seed: of what is learned.
        """
        places = [{name: number for number, name in enumerate(source.names)} for source in sources]
        shared = [number for number, name in enumerate(names) if all(name in place for place in places)]
        tables = [
            (source.x[:, [place[names[number]] for number in shared]], source.y)
            for source, place in zip(sources, places, strict=True)
        ]
        return cls(np.array(shared, dtype=np.int64), shared_score(tables, seed), np.ones(1))

    def __call__(self, x: NDArray[np.floating]) -> Floats:
        """The score known before any label, [M] for normal scores of features [M, F]."""
        return self.slope[0] * self.score.mean(x[:, self.columns])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The attributes by name, those of the score in one."""
        kind = "linear" if isinstance(self.score, LinearScore) else "processes"
        return flatten({"columns": self.columns, "slope": self.slope, kind: self.score.arrays()})

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> WarmStart:
        """The warm start whose `arrays` these are."""
        parts = groups(arrays)
        score = LinearScore(**parts["linear"]) if "linear" in parts else Subspaces.from_arrays(parts["processes"])
        return cls(arrays["columns"], score, arrays["slope"])
