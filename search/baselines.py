"""The plain searches that every other has to beat: random search and Optuna's TPE sampler."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import optuna
from optuna.trial import Trial

from archgraph.errors import InputError
from archgraph.seeds import derive_seed
from archgraph.spaces import DagSpace, Space
from search.objective import TrainObjective
from search.study import CELLS, finish, kept, ordinal, unfinished

Propose = Callable[[optuna.Study, int], tuple[Trial, list[str]]]
"""(study, seed of the trial) -> a trial just asked for, and the native cells of its architecture."""


def random_proposal(space: Space, rows: int) -> Propose:
    """Members of the space drawn as `space.sample` draws them, independently for each row."""

    def propose(study: optuna.Study, seed: int) -> tuple[Trial, list[str]]:
        study.sampler = optuna.samplers.RandomSampler(seed=seed)
        cells = space.sample(rows, np.random.default_rng(seed))
        return study.ask(), [space.to_native(cell) for cell in cells]

    return propose


def tpe_proposal(space: Space, rows: int, start_up: int = 10) -> Propose:
    """Optuna's tree-structured Parzen estimator on the space's native choices, after `start_up` random trials.

    Raises:
        InputError: the space has no parametrisation by native choices.
    """
    if not isinstance(space, DagSpace):
        raise InputError(f"TPE has no parametrisation of {space.name}; choose a dag space")

    def propose(study: optuna.Study, seed: int) -> tuple[Trial, list[str]]:
        study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=start_up, constant_liar=True)
        trial = study.ask()
        return trial, [suggest_dag(trial, space, f"row{row}") for row in range(rows)]

    return propose


def suggest_dag(trial: Trial, space: DagSpace, prefix: str) -> str:
    """A cell from Optuna's choices: the number of vertices, then each edge between ordered vertices."""
    vertices = trial.suggest_int(f"{prefix}.vertices", space.low, space.high)
    pairs = combinations(range(vertices), 2)
    edges = [f"{s}-{t}" for s, t in pairs if trial.suggest_categorical(f"{prefix}.{s}-{t}", [False, True])]
    return f"{vertices}:{','.join(edges)}"


def run_proposals(
    study: optuna.Study,
    propose: Propose,
    objective: TrainObjective,
    seed: int,
    finished: Callable[[], bool],
    batch: int,
) -> None:
    """Ask, evaluate `batch` trials side by side and tell, until `finished`; an interrupted batch is finished first."""
    while True:
        waiting = unfinished(study)
        if not waiting and finished():
            return
        asked = ordinal(study)
        start = (asked - len(waiting)) // batch * batch
        while asked < start + batch:
            trial, cells = propose(study, derive_seed(seed, "propose", asked))
            trial.set_user_attr(CELLS, cells)
            waiting.append(trial)
            asked += 1
        # Those of the batch that were told before an interruption are computed again: numbers then stay exactly the
        # same, since a network's last digits depend on how many run beside it.
        architectures = [trial.user_attrs[CELLS] for trial in kept(study)[start:]]
        evaluations = objective(architectures, [derive_seed(seed, "train", i) for i in range(start, asked)])
        for trial, evaluation in zip(waiting, evaluations[-len(waiting) :], strict=True):
            finish(study, trial, evaluation)
