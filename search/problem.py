"""A search as a command or a study file names it: a space, an objective, a method, a budget, a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

import optuna
import yaml
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from archgraph import spaces
from archgraph.errors import ArchGraphError, GraphError, InputError
from archgraph.seeds import derive_seed
from archgraph.settings import Setting
from archgraph.spaces import Space
from archgraph.storages.study import open_study
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
from search.architectures import count_whole
from search.fade.make import fade_search, fade_settings
from search.known import is_known, start_from
from search.loop import run_study
from search.methods import make, method_names
from search.methods import settings_of as own_settings
from search.objectives.base import Objective
from search.objectives.evaluation import REASON
from search.objectives.limits import read_limits
from search.objectives.registry import objective_kind, open_objective
from search.objectives.train import WIDTH
from search.pictures import Pictures, beside
from search.pruned_loop import check_stoppable, run_pruned
from search.studies.failures import MAX_FAILURES, only_failures
from search.studies.history import is_own
from search.studies.pruning import NONE, checked_pruner
from search.studies.records import SPACE
from search.studies.study import ARCHITECTURE, Ended, Finished, complete, ended, failed, kept, spent, stopped
from search.winners import PROVENANCE, TOP, winner_table

Loop = Callable[[optuna.Study, int, Finished], None]
"""(study, seed, asked before trials begin whether the search is over)."""
FADE = "fade"


def all_methods() -> list[str]:
    """All methods by name."""
    return [*method_names(), FADE]


def settings_of(method: str) -> list[Setting]:
    """The settings of a method with their defaults and meaning.

    Raises:
        InputError: there is no such method.

    Example:
        >>> from search.problem import settings_of
        >>> settings_of("evolution")[1]
        Setting(name='sample', default='5', meaning='of them that compete to be the parent.')
    """
    return fade_settings() if method == FADE else own_settings(method)


@dataclass(frozen=True)
class Problem:
    """What is searched, and for what.

    Args:
        space: name of the space.
        objective: `table:FILE:METRIC`, `train:DATA`, or another that `OBJECTIVES` holds.
        width: of trained networks of rows, channels of the last row; None for 32.
        train_size: training images that networks are trained on; None for all.
        recipe: how they are trained where not as `Recipe` has it, (name, value) each.
        network: in which of its networks an architecture is trained, see `NetworkChoice`: `published` or `rows`.
        network_settings: changes to it, (name, value) each, such as `channels`.
        size: side to which images are scaled; None as they are.
        limits: what an architecture may cost at most, (name, value) each; see `read_limits`.
        fidelities: of a table: (epochs, metric after a training of so many) each; see `TableObjective`.
        device: where networks are trained, which is no part of a study's settings: `auto`, `cpu` or `cuda`.
        root: folder of torchvision's data sets.
        download: fetch a data set that is not there.
    """

    space: str
    objective: str
    width: int | None = None
    train_size: int | None = None
    recipe: tuple[tuple[str, Any], ...] = ()
    network: str = "published"
    network_settings: tuple[tuple[str, int], ...] = ()
    size: int | None = None
    limits: tuple[tuple[str, float], ...] = ()
    fidelities: tuple[tuple[int, str], ...] = ()
    device: str = "auto"
    root: Path = Path("images")
    download: bool = False

    @classmethod
    def of(cls, space: str, objective: str, rows: int | None = None, **others: Any) -> Problem:
        """With cells in rows; where none are said and the objective is not looked up, in as many as published.

        Args:
            space, objective: as of the constructor.
            rows: of cells.
            others: of the constructor; mappings in place of pairs.

        Raises:
            InputError: there is no such space or objective, or the space has no cells to put in rows.

        Example:
            >>> from search import Problem
            >>> Problem.of("dag:1-4", "train:digits").space, Problem.of("dag:1-4", "train:digits", rows=2).space
            ('dag:1-4x3', 'dag:1-4x2')
            >>> Problem.of("macro", "train:digits", network_settings={"width": 8}).network_settings
            (('width', 8),)
        """
        if rows is None and not objective_kind(objective).cheap:
            rows = spaces.get(space).usual_rows
        pairs = {name: tuple(sorted(given.items())) for name, given in others.items() if isinstance(given, Mapping)}
        return cls(with_rows(space, rows), objective, **{**others, **pairs})

    def open(self) -> Objective:
        """The objective.

        Raises:
            InputError: it is written otherwise, what it names is missing or does not fit the space, or nothing fits the
                limits.
        """
        training = {one.name: getattr(self, one.name) for one in fields(self)[2:]}
        training |= {name: dict(training[name]) for name in ("recipe", "network_settings", "limits", "fidelities")}
        return open_objective(self.objective, spaces.get(self.space), training)


@dataclass(frozen=True)
class Search:
    """One search of a problem.

    Args:
        method: one of `all_methods`.
        settings: of the method.
        encoder: folder of the encoder whose embedding space is searched.
        batch: trials that are proposed together and trained side by side; those of fade's steps always are. With a
            pruner, lanes: the next proposal takes the place of one that is done or stopped.
        pruner: which evaluations are stopped early: `none`, or one of `PRUNERS`.
        pruner_settings: of the pruner.

    Raises:
        InputError: there is no such method, pruner or setting of the pruner, or fade is given a pruner.
    """

    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    encoder: Path | None = None
    batch: int = 1
    pruner: str = NONE
    pruner_settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checked_pruner(self.pruner, self.pruner_settings)
        if self.method not in (known := all_methods()):
            raise InputError(f"unknown method {self.method[:64]!r}; choose from {', '.join(known)}")
        if self.method == FADE and self.pruner != NONE:
            raise InputError("fade trains what its ranks put first to the end; search without a pruner")

    def _check(self, objective: Objective) -> None:
        """
        Raises:
            InputError: the method does not suit so many objectives, or so many members; or there is a pruner, and
                nothing that can be stopped.
        """
        alone = self.method in ("cmaes", FADE) or "predictor" in self.settings
        if alone and len(objective.names) > 1:
            raise InputError(f"{self.method} searches for one objective here, but got {', '.join(objective.names)}")
        if self.pruner != NONE:
            check_stoppable(objective)
        if self.method == "global":
            count_whole(objective.space, objective.members)

    def generator(self, space: Space) -> BucketGenerator | None:
        """Draws from the encoder's embedding space, where there is an encoder.

        Raises:
            InputError: there is none at that path, or it draws what the space does not hold.
        """
        if self.encoder is None:
            return None
        generator = load_encoder(self.encoder).generator
        drawn = space.cell if self.method == FADE else space
        try:
            drawn.validate(generator.members[0])
        except GraphError as error:
            raise InputError(f"the encoder {self.encoder} is of another space than {drawn.name}: {error}") from error
        return generator

    def prepared(self, objective: Objective, pictures: Pictures | None = None) -> Loop:
        """What goes on with a study until it is finished; every trial is written when it begins and when it ends.

        Args:
            objective: of the study.
            pictures: draws each new best.

        Raises:
            InputError: the method does not suit the objective.
        """
        self._check(objective)
        generator = self.generator(objective.space)
        if self.method == FADE:
            fade = fade_search(objective, generator, self.settings)
            return partial(fade.run, pictures=pictures)
        method = make(self.method, objective.space, generator, self.settings)
        if self.pruner != NONE:
            given, kept_busy = self.pruner_settings, self.batch
            return lambda study, seed, finished: run_pruned(
                study,
                method,
                objective,
                seed,
                finished,
                self.pruner,
                batch=kept_busy,
                settings=given,
                pictures=pictures,
            )
        return lambda study, seed, finished: run_study(
            study, method, objective, seed, finished, batch=self.batch, pictures=pictures
        )


def inheriting(objective: str) -> str:
    """The objective that trains from inherited weights instead of new ones.

    Raises:
        InputError: it trains nothing.
    """
    name, _, data = objective.partition(":")
    if name not in ("train", "tune"):
        raise InputError(
            f"weights are inherited where members are trained, as in train:digits, but got {objective[:64]!r}"
        )
    return f"tune:{data}"


def read_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Settings written NAME=VALUE.

    Raises:
        InputError: one is written otherwise.
    """
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise InputError(f"a setting is written NAME=VALUE, but got {pair[:64]!r}")
        try:
            settings[name] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise InputError(f"setting {name[:64]!r} is no value in YAML: {value[:64]!r}") from error
    return settings


def training_settings(
    recipe: Sequence[str],
    network: Sequence[str],
    limits: Sequence[str],
    epochs: int | None = None,
    augment: bool = False,
    precision: str | None = None,
    fidelities: Sequence[str] = (),
) -> dict[str, dict[Any, Any]]:
    """What a command says of trainings, as `Problem.of` takes it.

    Args:
        recipe, network, limits: written NAME=VALUE.
        epochs, augment, precision: entries of the recipe that have options of their own.
        fidelities: written EPOCHS=METRIC.

    Raises:
        InputError: one is written otherwise, or an entry of the recipe is given twice.
    """
    own = {"epochs": epochs, "augment": augment or None, "precision": precision}
    entries, given = read_settings(recipe), {name: value for name, value in own.items() if value is not None}
    if twice := sorted(entries.keys() & given.keys()):
        raise InputError(f"{twice[0]} is given twice, by --{twice[0]} and by --recipe; give one of them")
    return {
        "recipe": entries | given,
        "network_settings": read_settings(network),
        "limits": read_limits(limits),
        "fidelities": _read_fidelities(fidelities),
    }


def _read_fidelities(pairs: Sequence[str]) -> dict[int, str]:
    found = {}
    for pair in pairs:
        epochs, _, name = pair.partition("=")
        if not (epochs.isascii() and epochs.isdigit() and name):
            raise InputError(f"a fidelity is written EPOCHS=METRIC, as in 12=val_12, but got {pair[:64]!r}")
        found[int(epochs[:9])] = name
    return found


def with_rows(space: str, rows: int | None) -> str:
    """The name of the space of so many rows of a space's cells; the space itself without rows.

    Raises:
        InputError: there is no such space, or its cells do not stand in rows.
    """
    return space if rows is None else spaces.get(space).with_rows(rows).name


def open_search(
    storage: BaseStorage | str | None,
    name: str,
    problem: Problem,
    objective: Objective,
    search: Search,
    seed: int,
    known: str | None = None,
) -> optuna.Study:
    """The study of a search, new or begun before.

    Args:
        known: what a new study starts from; see `start_from`.

    Raises:
        InputError: as `open_study` and `start_from`.
    """
    settings = {
        "method": search.method,
        "space": objective.space.name,
        "objective": problem.objective,
        "width": WIDTH if problem.width is None else problem.width,
        "settings": dict(search.settings),
        "encoder": None if search.encoder is None else str(search.encoder),
        "seed": seed,
        "metrics": list(objective.names),
        **objective.settings,
    }
    held = {"objective": objective.fingerprint}
    if search.encoder is not None:
        held["encoder"] = EncoderCheckpoint.fingerprint(search.encoder)
    if any(held.values()):
        settings["fingerprints"] = {name: found for name, found in held.items() if found}
    if not objective.cheap:
        settings["batch"] = search.batch
    if search.pruner != NONE:
        settings |= {"pruner": search.pruner, "pruner_settings": dict(search.pruner_settings), "batch": search.batch}
    if known is not None:
        settings["start_from"] = known.rpartition("#")[2]  # a storage may have a password in its name
    space = objective.space
    study = open_study(storage, name, settings, objective.directions, objective.names, lambda t: is_own(t, space))
    if objective.provenance and PROVENANCE not in study.user_attrs:
        study.set_user_attr(PROVENANCE, objective.provenance)
    if space.description is not None and SPACE not in study.user_attrs:
        study.set_user_attr(SPACE, dict(space.description))
    if known is not None:
        start_from(known, study, objective)
    if not study.get_trials(deepcopy=False):
        for native in objective.starts():
            study.enqueue_trial({ARCHITECTURE: native})
    return study


def run_search(
    problem: Problem,
    search: Search,
    trials: int,
    storage: BaseStorage | str | None = None,
    name: str | None = None,
    seed: int = 0,
    progress: Callable[[int], object] | None = None,
    winners: Path | None = None,
    top: int = TOP,
    say: Callable[[str], object] | None = None,
    max_failures: int = MAX_FAILURES,
    known: str | None = None,
    artifacts: Path | None = None,
) -> optuna.Study:
    """Search until a study has so many trials, those of an earlier run and of other workers counted in.

    An evaluation that fails, as a training that diverges or runs out of memory, is a trial as others are, and has a
    reason instead of values.

    Args:
        problem: what is searched, and for what.
        search: the method.
        trials: to be begun in all.
        storage: or its URL, see `open_storage`; None keeps the study in memory.
        name: of the study; default METHOD-SEED.
        seed: of every random choice.
        progress: called with the number of finished trials, as the search goes on.
        winners: where to write the best architectures as graphs with what is known of them; see `winner_table`.
        top: how many of them.
        say: is given one line on the data that were read.
        max_failures: evaluations in a row that fail until the search stops.
        known: evaluations that a new study starts from, which are no trials of its own: a file of graphs with the
            objectives as metrics, or a study; see `start_from`.
        artifacts: folder that gets a drawing of each new best as an artifact of its trial, which Optuna's dashboard
            shows (`--artifact-dir`); default FILE-artifacts beside a storage that is a file.

    Returns:
        The study.

    Raises:
        InputError: before anything is paid: the objective cannot be opened, the method does not suit it, or the study
            was begun with other settings.
        ArchGraphError: all evaluations failed, or the last `max_failures`.

    Example:
        >>> from search import Problem, Search, best_of, run_search
        >>> problem = Problem("dag:1-2x2", "train:digits", width=2, train_size=64, recipe=(("epochs", 1),))
        >>> study = run_search(problem, Search("random"), trials=2)
        >>> sorted(best_of(study))
        ['10^9 multiply-adds', 'architecture', 'study', 'trials', 'validation loss']
    """
    objective = problem.open()
    folder = beside(storage) if artifacts is None else artifacts
    loop = search.prepared(objective, None if folder is None else Pictures(folder))
    study = open_search(storage, name or f"{search.method}-{seed}", problem, objective, search, seed, known)
    given = sum(map(is_known, kept(study)))
    if say is not None and objective.described:
        say(objective.described)

    counted = Ended()

    def finished(so_far: Sequence[FrozenTrial]) -> bool:
        if progress is not None:
            progress(counted.count(so_far) - given)
        begun = len(so_far) - given  # those of other workers counted in
        return begun >= trials or only_failures(so_far, max_failures) is not None

    loop(study, derive_seed(seed, search.method), finished)
    seen = ended(kept(study))
    gave_up = len(seen) - given < trials and only_failures(seen, max_failures) is not None
    reasons = [trial.user_attrs[REASON] for trial in seen if REASON in trial.user_attrs]
    if reasons and (gave_up or not complete(seen)):
        which = f"the last {max_failures}" if complete(seen) else f"all {len(seen)}"
        after = "; when that is mended, raise max_failures to go on" if gave_up else ""
        raise ArchGraphError(f"{which} evaluations of study {study.study_name!r} failed: {reasons[-1]}{after}")
    if winners is not None:
        winner_table(study, objective, top).write(winners)
    return study


def best_of(study: optuna.Study) -> dict[str, Any]:
    """What a search has come to: its trials and their cost, and the best of them or their Pareto front.

    Args:
        study: of `run_search`.

    Returns:
        `study`, `trials`, `10^9 multiply-adds`, and where evaluations failed or were stopped early `failed` and
        `stopped`, how many; then the metric by its
        own name and `architecture`, or `Pareto front`, the values of each architecture, by native form.
    """
    so_far = ended(kept(study))
    own = [trial for trial in so_far if not is_known(trial)]
    done = complete(so_far)
    found: dict[str, Any] = {"study": study.study_name, "trials": len(own), "10^9 multiply-adds": spent(so_far)}
    counts = {"failed": failed(so_far), "stopped": stopped(so_far)}
    found |= {name: len(some) for name, some in counts.items() if some}
    names = study.user_attrs["settings"]["metrics"]
    if len(names) > 1:
        found["Pareto front"] = {trial.user_attrs[ARCHITECTURE]: trial.values for trial in study.best_trials}
    elif done:
        found |= {names[0]: study.best_value, "architecture": study.best_trial.user_attrs[ARCHITECTURE]}
    return found
