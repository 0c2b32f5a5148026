"""When a search stops because its evaluations fail: not where some do, but where all do."""

from __future__ import annotations

from collections.abc import Sequence

from optuna.trial import FrozenTrial, TrialState

from search.objectives.evaluation import REASON

MAX_FAILURES = 20
"""Failed evaluations in a row after which a search stops: something else than the architectures is wrong."""


def only_failures(trials: Sequence[FrozenTrial], most: int = MAX_FAILURES) -> str | None:
    """Why a search is to stop: the last reason where the last `most` evaluations have all failed; None where not.

    Args:
        trials: of a study, in the order in which they were asked for; those that still run are passed over.
        most: evaluations.
    """
    reasons: list[str] = []
    for trial in reversed(trials):
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
            return None
        if trial.state == TrialState.FAIL and REASON in trial.user_attrs:
            reasons.append(trial.user_attrs[REASON])
        if len(reasons) == most:
            return reasons[0]
    return None
