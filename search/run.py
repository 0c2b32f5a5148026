"""A search of a problem, begun or gone on with, and what it has come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from archgraph.errors import ArchGraphError
from archgraph.seeds import derive_seed
from archgraph.storages.opening import in_use
from archgraph.storages.study import open_study
from encoders.embedding.checkpoint import EncoderCheckpoint
from search.known import is_known, start_from
from search.objectives.base import Objective
from search.objectives.evaluation import REASON
from search.objectives.train import WIDTH
from search.pictures import Pictures, beside
from search.problem import Problem, Search
from search.studies.failures import MAX_FAILURES, only_failures
from search.studies.history import is_own
from search.studies.pruning import NONE
from search.studies.records import SPACE
from search.studies.study import ARCHITECTURE, Ended, complete, ended, failed, kept, spent, stopped
from search.winners import PROVENANCE, TOP, winner_table


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

    with in_use(storage):
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

    Example:
        >>> from search import Problem, Search, best_of, run_search
        >>> study = run_search(Problem("dag:1-4", "table:cells.parquet:nodes"), Search("random"), trials=10)
        >>> sorted(best_of(study))
        ['10^9 multiply-adds', 'architecture', 'nodes', 'study', 'trials']
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
