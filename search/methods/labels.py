"""What methods learn from: complete trials, and what stopped ones say of the value that they would have come to.

A trial that was stopped after some step is worth an estimate. Between two steps at which trials end, the normal score
of a value among all that reported the later step follows a line in that among all that reported the earlier one; the
lines of the steps are put together, and what they leave unexplained adds up, so that an estimate is the less certain
the earlier the trial was stopped. Which trials go on is decided by what a line starts from, which leaves lines as they
are. An autoregression from fidelity to fidelity (Kennedy and O'Hagan, "Predicting the Output from a Complex Computer
Code When Fast Approximations Are Available", Biometrika 2000), on scores; the scores and the ridge are a
reconstruction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from search.architectures import Rows
from search.methods.targets import log_regret
from search.objectives.pareto import scalarised
from search.studies.history import History

Floats = NDArray[np.float64]
_FEWEST = 4  # trials that a line is drawn through
_RIDGE = 2.0  # trials' worth of belief that a step says nothing of the next one


@dataclass(frozen=True)
class Labels:
    """What is known of architectures.

    Attributes:
        rows: the architectures, [k].
        losses: of each, less is better, at the steps at which trials end, the last of which is the whole evaluation,
            [k, steps]; NaN where a trial did not come so far.
    """

    rows: Rows
    losses: Floats

    @classmethod
    def of(cls, history: History, rng: np.random.Generator, fewest: int) -> Labels | None:
        """The labels of a study; several objectives are joined into one. None where fewer architectures are known."""
        if history.ended < fewest:
            return None
        stopped = history.stopped
        if not stopped or len(history.signs) > 1:  # with several objectives nothing is reported
            rows, losses = history.labelled()
            return cls(rows, scalarised(losses, rng)[:, None])
        reports: dict[int, Mapping[int, float]] = {i: history.trials[i].intermediate_values for i in stopped}
        steps = sorted({max(found) for found in reports.values() if found})
        final = history.losses[:, 0]
        reports |= {int(i): history.trials[i].intermediate_values for i in np.flatnonzero(~np.isnan(final))}
        kept = sorted(reports)
        early = np.array([[reports[i].get(step, np.nan) for step in steps] for i in kept]).reshape(len(kept), -1)
        found = cls(history.rows[kept], np.column_stack([history.signs[0] * early, final[kept]]))
        return found if len(found.targets()[0]) >= fewest else None

    def first(self, count: int) -> Labels:
        """The first of them."""
        return Labels(self.rows[:count], self.losses[:count])

    def targets(self) -> tuple[Rows, Floats, Floats]:
        """The architectures of which something is known of the whole evaluation, [n], the logarithm of its regret, and
        the variance of what that is uncertain by, 0 where it is known, [n] each."""
        return self._targets

    @cached_property
    def _targets(self) -> tuple[Rows, Floats, Floats]:
        final = self.losses[:, -1]
        known = ~np.isnan(final)
        if known.all():
            return self.rows, log_regret(final), np.zeros(len(final))
        mean, variance = np.full(len(final), np.nan), np.zeros(len(final))
        if known.any():
            mean[known] = log_regret(final[known])
        if known.sum() >= _FEWEST:
            mean, variance = _extrapolated(self.losses[:, :-1], mean)
        some = ~np.isnan(mean)
        return self.rows[some], mean[some], variance[some]


def _extrapolated(losses: Floats, final: Floats) -> tuple[Floats, Floats]:
    """Values at the end and their variances, [k] each, of losses at the steps before [k, steps] and at the end [k]."""
    reached = ~np.isnan(losses).all(axis=0)
    scores = np.column_stack([*(_scores(column) for column in losses.T[reached]), final])
    mean, variance = scores[:, 0].copy(), np.zeros(len(final))
    for earlier, later in zip(scores.T[:-1], scores.T[1:], strict=True):
        both = ~np.isnan(earlier) & ~np.isnan(later)
        slope, level, left = _line(earlier[both], later[both])
        guessed = np.isnan(later)
        mean = np.where(guessed, level + slope * mean, later)
        variance = np.where(guessed, slope**2 * variance + left, 0.0)
    return mean, variance


def _line(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Slope, level and the variance that is left of a line through points [n], drawn towards a level one."""
    center = x - x.mean()
    slope = center @ (y - y.mean()) / (center @ center + _RIDGE)
    errors = y - y.mean() - slope * center
    left = (errors @ errors + _RIDGE * y.var()) / (len(x) + _RIDGE)
    return float(slope), float(y.mean() - slope * x.mean()), float(left)


def _scores(values: Floats) -> Floats:
    """Normal scores of the values that there are, [n]; NaN where there is none."""
    there = ~np.isnan(values)
    scores = np.full(len(values), np.nan)
    scores[there] = ndtri((rankdata(values[there]) - 0.5) / there.sum())
    return scores
