"""Finished searches read from their studies, grouped by the problem that they solve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.trial import FrozenTrial

from archgraph.errors import InputError
from archgraph.storages.opening import open_existing
from search.objectives.evaluation import COST, QUERIES, SECONDS
from search.objectives.pareto import dominated_volume, front
from search.studies.study import ARCHITECTURE, completed, signs

Floats = NDArray[np.float64]
COSTS = {QUERIES: "queries", COST: "10^9 multiply-adds of training", SECONDS: "seconds of training"}
"""Trial attribute -> what it is called."""


@dataclass(frozen=True)
class SearchRun:
    """One search: one method, one seed.

    Attributes:
        name: of the method.
        seed: of the search.
        losses: of its trials, less is better, [n, objectives].
        paid: trial attribute of a cost -> cost up to and with each trial, [n]; only costs that all trials have.
        architectures: native form of each trial's, [n].
        test: what the winner's figure on test is, and its metric; None where it was not read.
    """

    name: str
    seed: int
    losses: Floats
    paid: dict[str, Floats]
    architectures: tuple[str, ...]
    test: tuple[str, float] | None = None

    @property
    def best(self) -> int:
        """The first trial with the smallest first loss."""
        return int(self.losses[:, 0].argmin())


@dataclass(frozen=True)
class ComparedProblem:
    """All searches for one thing.

    Attributes:
        label: what the report calls it.
        space: name of the space.
        metrics: names of the objectives.
        signs: what losses are multiplied by to be metrics, [objectives].
        optimum: losses of all architectures that no other dominates, [k, objectives]; None where they are not known.
        runs: the searches.
    """

    label: str
    space: str
    metrics: tuple[str, ...]
    signs: Floats
    optimum: Floats | None
    runs: tuple[SearchRun, ...]

    @property
    def names(self) -> list[str]:
        """The methods, in the order of the runs."""
        return list(dict.fromkeys(run.name for run in self.runs))

    @cached_property
    def reference(self) -> Floats:
        """A point that is worse than all that any run has seen, [objectives]."""
        worst = np.max([run.losses.max(axis=0) for run in self.runs], axis=0)
        best = np.min([run.losses.min(axis=0) for run in self.runs], axis=0)
        return worst + 0.01 * (worst - best) + 1e-12

    @cached_property
    def target(self) -> float:
        """The least loss that there is, or that any run has found where that is not known."""
        if self.optimum is not None:
            return self._so_far(self.optimum)[-1]
        return min(float(self.so_far(run)[-1]) for run in self.runs)

    def so_far(self, run: SearchRun) -> Floats:
        """The least loss after each trial, or minus the volume dominated where there are several objectives, [n]."""
        return np.array(self._so_far(run.losses))

    def _so_far(self, losses: Floats) -> list[float]:
        if losses.shape[1] == 1:
            return np.minimum.accumulate(losses[:, 0]).tolist()
        found: list[float] = []
        held = losses[:0]
        for row in losses:
            held = np.concatenate([held, row[None]])
            held = held[front(held)]
            found.append(-dominated_volume(held, self.reference))
        return found

    def shown(self, losses: Floats) -> Floats:
        """Losses as the metric itself; a volume as it is."""
        return losses * self.signs[0] if len(self.metrics) == 1 else -losses


def read_runs(storages: Sequence[str], names: Sequence[str] = ()) -> list[ComparedProblem]:
    """The studies of storages, or those with these names, by problem; each study once.

    A trial of another program's study counts as one query, and each such study is a problem of its own.

    Raises:
        InputError: a storage cannot be opened, a study is missing, or there is nothing to compare.
    """
    found: dict[str, list[tuple[optuna.Study, SearchRun]]] = {}
    missing = set(names)
    for url in dict.fromkeys(storages):  # a storage named twice is no second seed
        storage = open_existing(url)
        for frozen in storage.get_all_studies():
            if names and frozen.study_name not in names:
                continue
            missing.discard(frozen.study_name)
            study = optuna.load_study(study_name=frozen.study_name, storage=storage)
            trials = completed(study)
            if trials:
                label = study.user_attrs.get("problem") or _label(study)
                found.setdefault(label, []).append((study, _run(study, trials)))
    if missing:
        raise InputError(f"no study {min(missing)!r} in {', '.join(storages)}")
    if not found:
        raise InputError(f"no study with a finished trial in {', '.join(storages)}")
    return [_problem(label, searches) for label, searches in found.items()]


def _label(study: optuna.Study) -> str:
    """Space, objective, and how networks are trained for it: searches compare only where all are the same."""
    settings = study.user_attrs.get("settings", {})
    objective = str(settings.get("objective", study.study_name))
    network = settings.get("network", {})
    training = {name: settings.get(name) for name in ("width", "train_size", "size")} | settings.get("recipe", {})
    if network:
        training |= {"width": None, "network": network["kind"]} | network["settings"]
    limits = " ".join(f"{name}<={value:.10g}" for name, value in settings.get("limits", {}).items())
    trained = _listed(training) if "recipe" in settings else ""
    return " ".join(filter(None, (settings.get("space", ""), objective, trained, limits)))


def _method(study: optuna.Study) -> str:
    """The method with what was set of it."""
    settings = study.user_attrs.get("settings", {})
    method = str(settings.get("method", study.study_name))
    encoder = {"encoder": Path(settings["encoder"]).name} if settings.get("encoder") else {}
    return " ".join(filter(None, (method, _listed(settings.get("settings", {}) | encoder))))


def _listed(settings: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in settings.items() if value is not None)


def _run(study: optuna.Study, trials: Sequence[FrozenTrial]) -> SearchRun:
    settings: dict[str, Any] = study.user_attrs.get("settings", {})
    losses = np.array([trial.values for trial in trials], dtype=float) * np.array(signs(study))
    attributes = [{QUERIES: 1} | trial.user_attrs for trial in trials]
    paid = {name: np.cumsum([own[name] for own in attributes]) for name in COSTS if all(name in a for a in attributes)}
    test = study.user_attrs.get("test")
    return SearchRun(
        name=study.user_attrs.get("name") or _method(study),
        seed=int(settings.get("seed", 0)),
        losses=losses,
        paid=paid,
        architectures=tuple(trial.user_attrs.get(ARCHITECTURE, "") for trial in trials),
        test=None if test is None else (str(test["metric"]), float(test["value"])),
    )


def _problem(label: str, searches: Sequence[tuple[optuna.Study, SearchRun]]) -> ComparedProblem:
    study = searches[0][0]
    settings = study.user_attrs.get("settings", {})
    directions = [other.directions for other, _ in searches]
    if any(other != directions[0] for other in directions):
        raise InputError(f"the studies of {label} have different directions; compare them apart with --study")
    optimum = study.user_attrs.get("optimum")
    metrics = tuple(settings.get("metrics", [f"objective {i}" for i in range(len(directions[0]))]))
    return ComparedProblem(
        label=label,
        space=str(settings.get("space", "")),
        metrics=metrics,
        signs=np.array(signs(study)),
        optimum=None if optimum is None else np.array(optimum, dtype=float).reshape(-1, len(metrics)),
        runs=tuple(run for _, run in searches),
    )
