"""Finished searches read from their studies, grouped by the problem that they solve."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from optuna.trial import FrozenTrial, TrialState

from archgraph.errors import ArchGraphError, InputError
from archgraph.storages.opening import shown_url
from search.objectives.evaluation import COST, QUERIES, REASON, SECONDS
from search.objectives.pareto import dominated_volume, front
from search.studies.records import SPACE, StudyRecord, is_number, read_studies
from search.studies.study import ARCHITECTURE, is_kept

Floats = NDArray[np.float64]
COSTS = {QUERIES: "queries", COST: "10^9 multiply-adds of training", SECONDS: "seconds of training"}
"""Trial attribute -> what it is called."""


@dataclass(frozen=True)
class Failure:
    """An evaluation that failed.

    Attributes:
        trial: its number.
        architecture: native form; of those that a trial of fade evaluates beside others, the hash.
        reason: why.
    """

    trial: int
    architecture: str
    reason: str


@dataclass(frozen=True)
class SearchRun:
    """One search: one method, one seed.

    Attributes:
        name: of the method.
        seed: of the search.
        losses: of its trials with values, less is better, [n, objectives].
        paid: trial attribute of a cost -> cost up to and with each of them, those of failed trials in between counted
            in, [n]; only costs that all of them have.
        architectures: native form of each trial's, [n].
        test: what the winner's figure on test is, and its metric; None where it was not read.
        failures: evaluations that failed.
    """

    name: str
    seed: int
    losses: Floats
    paid: dict[str, Floats]
    architectures: tuple[str, ...]
    test: tuple[str, float] | None = None
    failures: tuple[Failure, ...] = ()

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
        description: of a space of one's own; None for others.
        metrics: names of the objectives.
        signs: what losses are multiplied by to be metrics, [objectives].
        optimum: losses of all architectures that no other dominates, [k, objectives]; None where they are not known.
        runs: the searches that have come to a value.
        fruitless: those all of whose evaluations failed.
    """

    label: str
    space: str
    metrics: tuple[str, ...]
    signs: Floats
    optimum: Floats | None
    runs: tuple[SearchRun, ...]
    fruitless: tuple[SearchRun, ...] = ()
    description: Any = None

    @property
    def names(self) -> list[str]:
        """The methods that have come to a value, in the order of the runs."""
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


def read_runs(
    storages: Sequence[str], names: Sequence[str] = (), say: Callable[[str], object] = lambda line: None
) -> list[ComparedProblem]:
    """The searches of storages, or those with these names, by problem; each study once.

    A trial of another program's study counts as one query, and each such study is a problem of its own.

    Args:
        storages: their URLs.
        names: of studies; default all.
        say: as in `grouped`.

    Raises:
        InputError: a storage cannot be read, a study is missing, or there is nothing to compare.
        ArchGraphError: all evaluations failed.
    """
    studies = [
        study
        for url in dict.fromkeys(storages)  # a storage named twice is no second seed
        for study in read_studies(url)
        if not names or study.name in names
    ]
    where = ", ".join(map(shown_url, storages))
    if missing := set(names) - {study.name for study in studies}:
        raise InputError(f"no study {min(missing)!r} in {where}")
    problems = grouped(studies, say)
    if not problems:
        raise InputError(f"no study with a finished trial in {where}")
    if not any(problem.runs for problem in problems):
        runs = [run for problem in problems for run in problem.fruitless]
        raise ArchGraphError(f"all evaluations of all {len(runs)} searches failed: {runs[0].failures[0].reason}")
    return problems


def grouped(studies: Sequence[StudyRecord], say: Callable[[str], object] = lambda line: None) -> list[ComparedProblem]:
    """Studies by the problem that they solve; those of other programs are problems of their own.

    Args:
        studies: as they are stored.
        say: is given a line on each study that is left out, of another program, or all of whose evaluations failed.
    """
    found: dict[tuple[object, ...], list[tuple[StudyRecord, SearchRun]]] = {}
    for number, study in enumerate(studies):
        run = _run(study)
        if study.work:
            say(f"study {study.name!r} is left out: it is the queue of {study.work}, no search")
            continue
        if not len(run.losses) and not run.failures:
            say(f"study {study.name!r} is left out: it has no trial with values")
            continue
        if not len(run.losses):
            say(f"study {study.name!r}: all {len(run.failures)} evaluations failed: {run.failures[0].reason}")
        if not study.settings:
            say(f"study {study.name!r} is of another program: it is a problem of its own, each trial a query")
        own = (_problem_key(study), *study.directions) if study.settings else (number,)
        found.setdefault(own, []).append((study, run))
    firsts = [searches[0][0] for searches in found.values()]
    labels = _labels(_label(study) if study.settings else study.name for study in firsts)
    return [_problem(label, _named(searches)) for label, searches in zip(labels, found.values(), strict=True)]


def _problem_key(study: StudyRecord) -> tuple[str, ...]:
    """What two studies share that solve the same problem: data are known by their fingerprint, whatever path they were
    found at, and without one by that path."""
    data = _fingerprint(study, "objective")
    return (data, _label(study, where="" if data else None))


def _fingerprint(study: StudyRecord, of: str) -> str:
    """The fingerprint of the data of a setting; empty where the study has kept none."""
    kept = study.settings.get("fingerprints")
    return str(kept.get(of) or "") if isinstance(kept, dict) else ""


def _named(searches: Sequence[tuple[StudyRecord, SearchRun]]) -> list[tuple[StudyRecord, SearchRun]]:
    """The searches of one problem, each of a method; one method are those that are set alike, with the same encoder
    wherever it lies."""
    keys = [_method_key(study, run) for study, run in searches]
    names: dict[tuple[str, str], str] = {}
    for key, (_, run) in zip(keys, searches, strict=True):
        names.setdefault(key, run.name)
    names = dict(zip(names, _labels(names.values()), strict=True))
    return [(study, replace(run, name=names[key])) for key, (study, run) in zip(keys, searches, strict=True)]


def _method_key(study: StudyRecord, run: SearchRun) -> tuple[str, str]:
    encoder = _fingerprint(study, "encoder")
    return encoder, run.name if not encoder or "name" in study.attributes else _method(study, encoder="")


def _labels(names: Iterable[str]) -> list[str]:
    """What problems are called, each by a name of its own."""
    made: list[str] = []
    for label in names:
        tried = chain([label], (f"{label} ({number})" for number in count(2)))
        made.append(next(name for name in tried if name not in made))
    return made


def _label(study: StudyRecord, where: str | None = None) -> str:
    """Space, objective, and how networks are trained for it: searches compare only where all are the same.

    Args:
        study: of a search.
        where: said in place of where the data lie; None says that.
    """
    if isinstance(label := study.attributes.get("problem"), str):
        return label
    settings = study.settings
    network = settings.get("network")
    training = {name: settings.get(name) for name in ("width", "train_size", "size")} | settings.get("recipe", {})
    if network:
        training |= {"width": None, "network": network["kind"]} | network["settings"]
    limits = " ".join(f"{name}<={value:.10g}" for name, value in settings.get("limits", {}).items())
    trained = _listed(training) if "recipe" in settings else ""
    return " ".join(filter(None, (settings["space"], _objective(settings, where), trained, limits)))


def _objective(settings: Mapping[str, Any], where: str | None) -> str:
    """How the objective was written, its data at a given place."""
    text: str = settings["objective"]
    kind, _, rest = text.partition(":")
    if kind == "table":
        place, colon, metrics = rest.rpartition(":")
        return f"table:{os.path.normpath(place) if where is None else where}:{metrics}" if colon else text
    if kind in ("train", "tune") and where is not None:
        _, comma, costs = rest.partition(",")
        return f"{kind}:{where}{comma}{costs}"
    return text


def _method(study: StudyRecord, encoder: str | None = None) -> str:
    """The method with what was set of it; of another program the study.

    Args:
        study: of a search.
        encoder: what is said of its encoder; None says how it is called.
    """
    if not study.settings:
        return study.name
    if isinstance(name := study.attributes.get("name"), str):
        return name
    found = study.settings.get("encoder")
    if encoder is None and isinstance(found, str):
        encoder = Path(found).name
    said = {"encoder": encoder} if encoder else {}
    return " ".join(filter(None, (study.settings["method"], _listed(study.settings.get("settings", {}) | said))))


def _listed(settings: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in settings.items() if value is not None)


def _run(study: StudyRecord) -> SearchRun:
    done = {trial.number: trial for trial in study.complete}
    values = np.array([trial.values for trial in done.values()], dtype=float).reshape(-1, len(study.signs))
    ended = [trial for trial in study.trials if trial.state.is_finished() and is_kept(trial)]
    valued = np.array([trial.number in done for trial in ended], dtype=np.bool_)
    return SearchRun(
        name=_method(study),
        seed=study.settings.get("seed", 0),
        losses=values * study.signs,
        paid={name: np.cumsum(paid)[valued] for name in COSTS if (paid := _paid(ended, done, name)) is not None},
        architectures=tuple(str(trial.user_attrs.get(ARCHITECTURE, "")) for trial in done.values()),
        test=_test(study.attributes.get("test")),
        failures=tuple(failure for trial in ended for failure in _failures(trial)),
    )


def _paid(ended: Sequence[FrozenTrial], done: Mapping[int, FrozenTrial], name: str) -> list[float] | None:
    """What each trial has paid, failed ones nothing where they do not say; None where one with values does not."""
    unsaid = 1.0 if name == QUERIES else None
    said: list[Any] = [trial.user_attrs.get(name, unsaid) for trial in ended]
    paid = [cost if is_number(cost) and cost >= 0 else unsaid for cost in said]
    if any(cost is None and trial.number in done for cost, trial in zip(paid, ended, strict=True)):
        return None
    return [cost or 0.0 for cost in paid]


def _failures(trial: FrozenTrial) -> list[Failure]:
    """The evaluations of a trial that failed; those of a trial of fade that did though others did not."""
    known = trial.user_attrs
    if trial.state == TrialState.FAIL:
        return [Failure(trial.number, str(known.get(ARCHITECTURE, "")), str(known.get(REASON, "")))]
    beside = known.get("failed", {})
    return [Failure(trial.number, key, str(why)) for key, why in beside.items()] if isinstance(beside, dict) else []


def _test(known: Any) -> tuple[str, float] | None:
    if not isinstance(known, dict) or not is_number(known.get("value")):
        return None
    return str(known.get("metric")), float(known["value"])


def _problem(label: str, searches: Sequence[tuple[StudyRecord, SearchRun]]) -> ComparedProblem:
    study = searches[0][0]
    return ComparedProblem(
        label=label,
        space=study.settings.get("space", ""),
        metrics=study.metrics,
        signs=study.signs,
        optimum=_optimum(study),
        runs=tuple(run for _, run in searches if len(run.losses)),
        fruitless=tuple(run for _, run in searches if not len(run.losses)),
        description=study.attributes.get(SPACE),
    )


def _optimum(study: StudyRecord) -> Floats | None:
    """Losses of the best there is, as a run of a study file has left them."""
    known = study.attributes.get("optimum") if study.settings else None
    try:
        best = np.array(known, dtype=float).reshape(-1, len(study.signs))
    except (TypeError, ValueError):
        return None
    return best if len(best) and np.isfinite(best).all() else None
