"""Searches as Optuna studies: one trial is one paid evaluation, and a stopped study goes on with the same numbers.

Everything that a search knows is in its study. A trial is first asked for and gets its architecture, then is
evaluated, then told. After an interruption, trials that have their architecture are evaluated as they would have been;
a trial that was still being put together is failed and drawn again. Random numbers of a trial come from the run's seed
and the trial's place among those that were not failed, so nothing depends on when a run was stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from archgraph.errors import InputError

optuna.logging.set_verbosity(optuna.logging.WARNING)

CELLS = "cells"  # trial attribute: native form of each row's cell
COST = "gmacs"  # trial attribute: 10^9 multiply-adds paid


@dataclass(frozen=True)
class Evaluation:
    """What one paid evaluation gives.

    Args:
        value: validation loss in nats, the objective (minimised).
        gmacs: 10^9 multiply-adds paid for it.
        attributes: further figures, stored with the trial.
    """

    value: float
    gmacs: float
    attributes: Mapping[str, Any]


def open_study(storage: str | None, name: str, settings: Mapping[str, Any]) -> optuna.Study:
    """Create the study, or open it to go on.

    Args:
        storage: an Optuna storage URL such as sqlite:///studies.db; None keeps the study in memory.
        settings: what the search depends on; a study is only continued under the settings it was begun with.

    Raises:
        InputError: the storage cannot be opened, or the study was begun with other settings.
    """
    try:
        study = optuna.create_study(storage=storage, study_name=name, direction="minimize", load_if_exists=True)
    except Exception as error:  # SQLAlchemy's, the driver's or Optuna's, as the URL has it
        raise InputError(f"cannot open storage {storage}: {str(error).splitlines()[0]}") from error
    begun = study.user_attrs.get("settings")
    if begun is not None and begun != dict(settings):
        changed = sorted(k for k in {*begun, *settings} if begun.get(k) != settings.get(k))
        raise InputError(f"study {name!r} was begun with another {', '.join(changed)}; choose another name or storage")
    study.set_user_attr("settings", dict(settings))
    return study


def unfinished(study: optuna.Study) -> list[Trial]:
    """Trials of an interrupted run that wait for their evaluation; fails those that have no architecture yet."""
    waiting = []
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if CELLS in trial.user_attrs:
            waiting.append(Trial(study, trial._trial_id))
        else:
            study.tell(trial.number, state=TrialState.FAIL)
    return waiting


def kept(study: optuna.Study) -> list[FrozenTrial]:
    """All trials but the failed ones, in the order in which they were asked for."""
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state != TrialState.FAIL]


def ordinal(study: optuna.Study) -> int:
    """The place of the next trial among those that were not failed."""
    return len(kept(study))


def completed(study: optuna.Study) -> list[FrozenTrial]:
    """Finished trials in the order in which they were asked for."""
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def spent(study: optuna.Study) -> float:
    """10^9 multiply-adds that the study has paid."""
    return sum(trial.user_attrs[COST] for trial in completed(study))


def finish(study: optuna.Study, trial: Trial, evaluation: Evaluation) -> None:
    """Store an evaluation and close its trial."""
    for name, value in {COST: evaluation.gmacs, **evaluation.attributes}.items():
        trial.set_user_attr(name, value)
    study.tell(trial, evaluation.value)
