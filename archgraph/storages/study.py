"""A study that is begun under settings, and goes on only under the same."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from archgraph.errors import InputError
from archgraph.persistence.same_settings import check_same_settings
from archgraph.storages.opening import open_storage


def open_study(
    storage: BaseStorage | str | None,
    name: str,
    settings: Mapping[str, Any],
    directions: Sequence[str] = ("minimize",),
    metrics: Sequence[str] = (),
    is_own: Callable[[FrozenTrial], bool] = lambda trial: False,
) -> optuna.Study:
    """Create the study, or open it to go on.

    Args:
        storage: a storage or its URL, see `open_storage`.
        name: of the study.
        settings: what the search depends on; a study is only continued under the settings it was begun with. Of a
            setting that names data, `fingerprints` may hold the data's fingerprint by the setting's name: data may then
            be moved and renamed, but not changed.
        directions: `minimize` or `maximize`, one an objective.
        metrics: names of the objectives, for Optuna's own tools; none where there are none.
        is_own: whether a trial that was begun before the study had settings can be gone on from.

    Raises:
        InputError: a direction is none, the storage cannot be opened, or the study was begun with other settings or
            directions, or by another program; it is then left as it was.

    Example:
        >>> from search import open_study
        >>> open_study(None, "mine", {"seed": 0}, ["maximize"]).directions
        [<StudyDirection.MAXIMIZE: 2>]
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
    if begun is None and not all(map(is_own, _begun(study))):
        begun = study.user_attrs.get("settings", "")  # another worker may have begun it meanwhile
    if not isinstance(begun, dict | None):
        raise InputError(f"study {name!r} is of another program; name a new one")
    known = {"directions": [direction.name.lower() for direction in study.directions]}
    wanted = {"directions": list(directions)}
    if begun is not None:
        known, wanted = known | begun, wanted | _same_data(begun, settings, f"study {name!r}")
    check_same_settings(known, wanted, f"study {name!r}")
    if begun is None:
        study.set_user_attr("settings", dict(settings))
    if metrics:
        _name_metrics(study, list(metrics))
    return study


def _same_data(begun: Mapping[str, Any], settings: Mapping[str, Any], what: str) -> dict[str, Any]:
    """The settings, with the names that their data had then.

    Raises:
        InputError: data have changed since.
    """
    wanted, before, now = dict(settings), begun.get("fingerprints", {}), settings.get("fingerprints", {})
    for name, found in now.items():
        if before.get(name, found) != found:
            raise InputError(
                f"{what} was begun with other data: what {name} {settings[name]} holds has changed; give it as it was, "
                "or choose another name"
            )
        if name in before:
            wanted[name] = begun[name]
    if set(before) < set(now):  # of a version that kept none
        wanted["fingerprints"] = before
    return wanted


def _begun(study: optuna.Study) -> list[FrozenTrial]:
    """The trials of a study that are more than queued."""
    return [trial for trial in study.get_trials(deepcopy=False) if trial.state != TrialState.WAITING]


def _name_metrics(study: optuna.Study, names: list[str]) -> None:
    """Say what the values of trials are called, where that is not said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        if study.metric_names is None:
            study.set_metric_names(names)
