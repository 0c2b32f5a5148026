"""Studies as they lie in storages, read and never written: searches of archgraph and whatever other programs left."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.engine import make_url

from archgraph import spaces
from archgraph.errors import InputError
from archgraph.reports.report_look import html_table
from archgraph.spaces import Space, custom
from archgraph.storages.journals import JOURNAL
from archgraph.storages.liveness import EVERY, SILENCE, Shift
from archgraph.storages.opening import open_storage, shown_url, template, told
from search.objectives.pareto import front
from search.studies.study import ARCHITECTURE

_HEAD = b'{"op_code":'  # how every line of Optuna's journals begins
_SHOWN = 8  # names of studies in a message, and trials in a notebook
_KINDS: Mapping[str, type] = {
    "method": str,
    "space": str,
    "objective": str,
    "seed": int,
    "metrics": list,
    "settings": dict,
    "recipe": dict,
    "limits": dict,
    "network": dict,
}
"""Entry of a search's settings -> what it is; an entry can be missing."""


SPACE = "space_description"
"""The attribute of a study in which a space of one's own is described, since its name finds it nowhere else."""


def described_space(name: str, description: Any = None) -> Space:
    """The space that a study was made in.

    Args:
        name: of it.
        description: of one of one's own, as the study keeps it under `SPACE`; else None.

    Raises:
        InputError: there is no such space, or the description is damaged.
    """
    return spaces.get(name) if description is None else custom.from_dict(description)


@dataclass(frozen=True)
class StudyRecord:
    """A study, read once.

    Attributes:
        name: of the study.
        directions: one an objective.
        attributes: of the study, of any shape where another program wrote them.
        trials: in the order of their numbers.
        named: what a program has called its objectives; None where it has not.
        stale: numbers of running trials whose workers are known to be gone.

    Example:
        >>> import optuna
        >>> from search import StudyRecord
        >>> study = optuna.create_study(study_name="mine")
        >>> study.add_trial(optuna.create_trial(value=2.0))
        >>> record = StudyRecord("mine", tuple(study.directions), {}, study.trials)
        >>> record.metrics, record.best[0].value
        (('value',), 2.0)
    """

    name: str
    directions: tuple[StudyDirection, ...]
    attributes: Mapping[str, Any]
    trials: Sequence[FrozenTrial]
    named: Sequence[str] | None = None
    stale: frozenset[int] = frozenset()

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """What a search of archgraph was begun with; empty for a study of another program."""
        found = self.attributes.get("settings")
        if not isinstance(found, dict) or not {"method", "space", "objective"} <= found.keys():
            return {}
        odd = [name for name, kind in _KINDS.items() if not isinstance(found.get(name, kind()), kind)]
        network, limits = found.get("network"), found.get("limits", {})
        if odd or (network is not None and not {"kind", "settings"} <= network.keys()):
            return {}
        return found if all(is_number(value) for value in limits.values()) else {}

    @property
    def space(self) -> Space:
        """The space of a search.

        Raises:
            InputError: it is not there, or its description is damaged.
        """
        return described_space(self.settings["space"], self.attributes.get(SPACE))

    @property
    def work(self) -> str:
        """What other commands of archgraph keep such a study for, as `supernet train` its queue; else empty."""
        settings = self.attributes.get("settings")
        named = settings.get("work") if isinstance(settings, dict) else None
        return named if isinstance(named, str) else ""

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Names of the objectives, one each: those of the search, those of its program, or `value`."""
        count = len(self.directions)
        for names in (self.settings.get("metrics"), self.named):
            if names is not None and len(names) == count and all(isinstance(name, str) for name in names):
                return tuple(names)
        return ("value",) if count == 1 else tuple(f"values_{i}" for i in range(count))

    @cached_property
    def signs(self) -> NDArray[np.float64]:
        """What values are multiplied by to be losses, of which less is better, [objectives]."""
        return np.array([-1.0 if direction == StudyDirection.MAXIMIZE else 1.0 for direction in self.directions])

    @cached_property
    def complete(self) -> list[FrozenTrial]:
        """The trials with values, all of them finite."""
        return [t for t in self.trials if t.state == TrialState.COMPLETE and all(map(math.isfinite, t.values))]

    @cached_property
    def best(self) -> list[FrozenTrial]:
        """The trial with the best value, the first of several; of several objectives those that none dominates."""
        losses = np.array([trial.values for trial in self.complete], dtype=float).reshape(-1, len(self.signs))
        return [self.complete[row] for row in front(losses * self.signs)] if len(losses) else []

    def _repr_html_(self) -> str:
        """What a notebook shows: how far it is, and its best trials."""
        order = np.argsort([float(self.signs[0] * trial.values[0]) for trial in self.complete], kind="stable")
        shown = self.best if len(self.signs) > 1 else [self.complete[row] for row in order]
        rows = [
            (trial.number, *(f"{value:.5g}" for value in trial.values), trial.user_attrs.get(ARCHITECTURE, ""))
            for trial in shown[:_SHOWN]
        ]
        caption = f"{self.name}: {len(self.trials)} trials, {len(self.complete)} with values; the best of them"
        return html_table(("trial", *self.metrics, "architecture"), rows, range(1 + len(self.metrics)), caption)


def read_studies(url: str, names: Sequence[str] = ()) -> list[StudyRecord]:
    """The studies of a storage, or those with these names; nothing is created or written, whatever lies there.

    Args:
        url: of the storage, see `open_storage`.
        names: default all.

    Raises:
        InputError: there is no such storage or study, or it is no storage of studies.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> import optuna
        >>> from search.studies.records import read_studies
        >>> with TemporaryDirectory() as folder:
        ...     url = f"sqlite:///{folder}/studies.db"
        ...     optuna.create_study(storage=url, study_name="mine").add_trial(optuna.create_trial(value=2.0))
        ...     [(study.name, study.metrics, study.best[0].value) for study in read_studies(url)]
        [('mine', ('value',), 2.0)]
    """
    storage = open_readonly(url)
    try:
        known = [frozen.study_name for frozen in storage.get_all_studies()]
        if missing := [name for name in names if name not in known]:
            raise InputError(f"no study {missing[0][:64]!r} in {shown_url(url)}; it holds {_listed(known)}")
        return [_record(storage, name) for name in known if not names or name in names]
    except InputError:
        raise
    except Exception as error:  # the database's, the driver's or Optuna's, as what is damaged has it
        unreadable = _unreadable(url, error)
    raise unreadable  # outside, since the other error may name the password


def read_one(url: str, name: str | None = None) -> StudyRecord:
    """The study of this name, or the only one of a storage.

    Raises:
        InputError: there is none or there are several; or as `read_studies`.
    """
    found = read_studies(url, [] if name is None else [name])
    if len(found) != 1:
        raise InputError(f"{shown_url(url)} holds {_listed([one.name for one in found])}; name a study with --study")
    return found[0]


def _record(storage: BaseStorage, name: str) -> StudyRecord:
    study = optuna.load_study(study_name=name, storage=storage)
    trials = study.get_trials(deepcopy=False)
    with Shift(study) as shift:
        stale = frozenset(trial.number for trial in shift.gone(trials))
    return StudyRecord(name, tuple(study.directions), study.user_attrs, trials, study.metric_names, stale)


def open_readonly(url: str) -> BaseStorage:
    """A storage that is there already, opened in a way that cannot write.

    Raises:
        InputError: there is none of that name, or it is none of studies.
    """
    try:
        if url.startswith(JOURNAL):
            with _there(url.removeprefix(JOURNAL), url).open("rb") as file:
                if not _HEAD.startswith(file.read(len(_HEAD))):
                    raise InputError(f"{url} is no journal of studies; check the name")
            return JournalStorage(JournalFileBackend(file.name))
        if url.startswith("sqlite"):
            place = make_url(url)
            path = _there(place.database or "", url)
            asked = place.set(database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"})
            return _database(asked.render_as_string(hide_password=False), {})
        if url.startswith("postgresql"):
            return _database(url, {"execution_options": {"postgresql_readonly": True}})
        return open_storage(url)
    except InputError:
        raise
    except Exception as error:
        unreadable = _unreadable(url, error)
    raise unreadable


def _database(url: str, options: dict[str, Any]) -> BaseStorage:
    """A database whose tables are not made where they are missing; with heartbeats, which tell of stale trials."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return RDBStorage(
            template(url), options, heartbeat_interval=EVERY, grace_period=SILENCE, skip_table_creation=True
        )


def _there(file: str, url: str) -> Path:
    """The file of a storage.

    Raises:
        InputError: it is not there.
    """
    if not Path(file).is_file():
        raise InputError(f"no storage {shown_url(url)}; check the name")
    return Path(file)


def _unreadable(url: str, error: Exception) -> InputError:
    return InputError(f"cannot read studies from {shown_url(url)}: {told(error, url)}; is it a storage of Optuna?")


def _listed(names: Sequence[str]) -> str:
    """How many studies there are, and what they are called."""
    some = ", ".join(repr(name[:64]) for name in names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return f"{len(names)} studies: {some}" if len(names) > 1 else f"only {some}" if names else "no study"


def is_number(value: object) -> bool:
    """Whether a value of an attribute is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
