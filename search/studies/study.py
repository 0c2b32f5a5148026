"""Searches as Optuna studies: one trial is one paid evaluation, and a stopped study goes on with the same numbers.

Everything that a search knows is in its study. A trial is begun with its architecture, in one write, then evaluated,
then closed. Random numbers of a trial come from the run's seed and from how many trials before it were not failed, so
nothing depends on when a run was stopped.

Several workers may share a study. What one of them was evaluating when it died is taken up by the next worker that
starts on the same machine: the trial is failed, which only one can do, and begun again with the same architecture.
"""

from __future__ import annotations

import copy
import os
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from archgraph._compat import begin_trial
from archgraph.errors import InputError
from archgraph.persistence.same_settings import check_same_settings
from search.objectives.evaluation import COST, REASON, Evaluation
from search.studies.storages import open_storage

ARCHITECTURE = "architecture"  # trial attribute: native form of the architecture
HASH = "hash"  # trial attribute: its canonical hash
WORKER = "worker"  # trial attribute: who evaluates it
BATCH = "batch"  # trial attribute: name of the batch in which it is evaluated together with others
ENTERED = "entered"  # trial attribute, where lanes are refilled: steps that the batch had done when it took its lane
PLACE = "place"  # trial attribute, likewise: how many trials were before it, whatever its number is after a kill
Finished = Callable[[Sequence[FrozenTrial]], bool]
"""Asked before trials begin, of all trials so far that were not given up: whether the search is over."""


def open_study(
    storage: BaseStorage | str | None,
    name: str,
    settings: Mapping[str, Any],
    directions: Sequence[str] = ("minimize",),
    metrics: Sequence[str] = (),
) -> optuna.Study:
    """Create the study, or open it to go on.

    Args:
        storage: a storage or its URL, see `open_storage`.
        name: of the study.
        settings: what the search depends on; a study is only continued under the settings it was begun with.
        directions: `minimize` or `maximize`, one an objective.
        metrics: names of the objectives, for Optuna's own tools; none where there are none.

    Raises:
        InputError: a direction is none, the storage cannot be opened, or the study was begun with other settings or
            directions.
    """
    if not directions or not set(directions) <= {"minimize", "maximize"}:
        raise InputError(f"directions are minimize or maximize, one an objective, but got {list(directions)}")
    chosen = [StudyDirection[direction.upper()] for direction in directions]
    opened = open_storage(storage) if storage is None or isinstance(storage, str) else storage
    try:
        study = optuna.load_study(study_name=name, storage=opened)
    except KeyError:
        study = optuna.create_study(storage=opened, study_name=name, directions=chosen, load_if_exists=True)
    begun = study.user_attrs.get("settings")
    known = {"directions": [direction.name.lower() for direction in study.directions]}
    wanted = {"directions": list(directions)}
    if begun is not None:
        known, wanted = known | begun, wanted | dict(settings)
    check_same_settings(known, wanted, f"study {name!r}")
    if begun is None:
        study.set_user_attr("settings", dict(settings))
    if metrics:
        _name_metrics(study, list(metrics))
    return study


def _name_metrics(study: optuna.Study, names: list[str]) -> None:
    """Say what the values of trials are called, where that is not said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        if study.metric_names is None:
            study.set_metric_names(names)


def worker_name() -> str:
    """This process, as it signs its trials."""
    return f"{socket.gethostname()}:{os.getpid()}"


def begin(study: optuna.Study, template: FrozenTrial) -> Trial:
    """A new running trial that holds its architecture from the first moment on, in one write."""
    template.user_attrs[WORKER] = worker_name()
    return begin_trial(study, template)


def abandoned(study: optuna.Study) -> Iterator[FrozenTrial]:
    """Trials that workers which are gone left running; each is failed, which only one worker can do."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if _alive(trial.user_attrs.get(WORKER)):
            continue
        try:
            study.tell(trial.number, state=TrialState.FAIL)
        except (UpdateFinishedTrialError, ValueError):  # another worker was faster
            continue
        yield trial


def take_up(study: optuna.Study) -> list[Trial]:
    """The abandoned trials begun again with the same architectures."""
    return [begin(study, copy.deepcopy(trial)) for trial in abandoned(study) if ARCHITECTURE in trial.user_attrs]


def _alive(worker: str | None) -> bool:
    """Whether the worker of a trial may still be at it; one of another machine may."""
    if worker is None:
        return False
    host, _, process = worker.rpartition(":")
    if host != socket.gethostname():
        return True
    if int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_kept(trial: FrozenTrial) -> bool:
    """Whether a trial is part of its search: it was not given up, as where its worker died.

    One whose evaluation failed is: it was paid for, its network is not asked for again, and its attribute `reason` says
    why.
    """
    return trial.state != TrialState.FAIL or REASON in trial.user_attrs


def kept(study: optuna.Study) -> list[FrozenTrial]:
    """All trials but those given up, in the order in which they were asked for; reads the study once."""
    return [trial for trial in study.get_trials(deepcopy=False) if is_kept(trial)]


def complete(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Those of the trials that have values, in their order."""
    return [trial for trial in trials if trial.state == TrialState.COMPLETE]


def ended(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Those of the trials that have values, were stopped, or have a reason why they have none, in their order."""
    over = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
    return [trial for trial in trials if trial.state in over and is_kept(trial)]


def stopped(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Those of the trials that a pruner stopped, in their order."""
    return [trial for trial in trials if trial.state == TrialState.PRUNED]


def completed(study: optuna.Study) -> list[FrozenTrial]:
    """Trials with values in the order in which they were asked for; reads the study once."""
    return complete(kept(study))


def spent(trials: Sequence[FrozenTrial]) -> float:
    """10^9 multiply-adds that the trials which have ended have paid, those that failed too."""
    return sum(trial.user_attrs.get(COST, 0.0) for trial in ended(trials))


def over_budget(trials: Sequence[FrozenTrial], more: int, budget: float | None) -> bool:
    """Whether so many trials more, at the mean cost so far, would go over a budget of 10^9 multiply-adds."""
    paid, done = spent(trials), len(ended(trials))
    return budget is not None and done > 0 and paid + more * paid / done > budget


def signs(study: optuna.Study) -> list[float]:
    """What values are multiplied by to be losses, of which less is better; one an objective."""
    return [-1.0 if direction == StudyDirection.MAXIMIZE else 1.0 for direction in study.directions]


def finish(study: optuna.Study, trial: Trial, evaluation: Evaluation, stopped: bool = False) -> None:
    """Store an evaluation and close its trial, failed where the evaluation did, pruned where it was stopped."""
    known = trial.user_attrs
    for name, value in evaluation.stored.items():
        if name not in known or known[name] != value:
            trial.set_user_attr(name, value)
    if evaluation.reason is not None:
        study.tell(trial, state=TrialState.FAIL)
    elif stopped:
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, list(evaluation.values))
