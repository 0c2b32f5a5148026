"""The loop that all searches share: propose, evaluate, report; no network is paid for twice, and with several
objectives, which latency or parameters may be, no architecture.

What is proposed is new and within the objective's limits (`search.proposer`). An evaluation that fails, as a training
that diverges or an objective that raises an exception, fails its trial with the reason in the attribute `reason`; it
counts as one, and no method is given its network again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, Trial, TrialState

from archgraph._compat import choose
from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.seeds import derive_seed
from archgraph.storages.journals import flush
from archgraph.storages.liveness import GIVEN_UP, LATE, Shift
from search.architectures import Architectures
from search.methods.base import Method
from search.objectives.attempts import evaluated
from search.objectives.base import Objective
from search.objectives.evaluation import QUERIES, Evaluation
from search.pictures import Pictures
from search.proposer import Proposer
from search.studies.history import History, check_own
from search.studies.study import BATCH, REFUSED, Finished, finish, take_up

_SECONDS = 2.0  # between two writes of finished trials
PAUSE = 1.0  # seconds between two looks at trials whose workers may be gone


def run_study(
    study: optuna.Study,
    method: Method,
    objective: Objective,
    seed: int,
    finished: Finished,
    architectures: Architectures | None = None,
    batch: int = 1,
    pictures: Pictures | None = None,
) -> None:
    """Search until `finished`, or until nothing is left to evaluate; goes on where the study was left.

    Every trial is written when it begins and when it ends; the study is read once for each batch of trials, and again
    where another worker began a trial meanwhile. Several workers may run this on one study: of two trials that begin
    with the same architecture the later one is failed, and each worker trains batches of its own. What a worker that is
    gone left running is taken up; one ends when all trials have ended or are shown to be at work.

    Args:
        study: holds all that is known, and gets the trials.
        method: proposes architectures.
        objective: evaluates them.
        seed: of every random choice.
        finished: asked before trials begin, of all trials so far.
        architectures: of the objective's space, where they are at hand.
        batch: trials that are proposed together and evaluated side by side.
        pictures: draws each new best.

    Raises:
        InputError: the method does not suit the objective's space, the study holds trials of another program, or
            `batch` is none, or nothing fits the objective's limits.

    Example:
        >>> from archgraph import spaces
        >>> from search import TableObjective, make, open_study, run_study
        >>> members = spaces.get("dag:1-4").enumerate()
        >>> table = members.with_metrics(size=members.graph_sizes.astype(float))
        >>> objective = TableObjective(table, spaces.get("dag:1-4"), ["-size"])
        >>> study = open_study(None, "mine", {}, objective.directions)
        >>> run_study(study, make("delta", objective.space), objective, 0, lambda trials: len(trials) >= 20)
        >>> study.best_value, study.best_trial.user_attrs["architecture"]
        (4.0, '1:')
    """
    check_whole(1, batch=batch)
    history = open_history(study, objective, architectures)
    proposer = Proposer(history, method, seed, objective.costs_of)
    check_own(study.get_trials(deepcopy=False), objective.space)
    waiting: list[Trial] = []
    with Shift(study) as shift:
        while True:
            history.sync()
            waiting += begun_again(shift, history)
            recall(history, objective)
            name = waiting[0].user_attrs.get(BATCH) if waiting else None
            own = _batch(history, waiting, name)
            while len(own) < batch and not finished(history.trials):
                if name is None and batch > 1:
                    name = f"{shift.name}:{len(history)}"
                trial = begin_proposed(proposer, shift, {} if name is None else {BATCH: name})
                if trial is None:
                    break
                waiting.append(trial)
                own = _batch(history, waiting, name)
            if not own:
                if not shift.is_doubtful(history.unfinished):
                    return
                time.sleep(PAUSE)
                continue
            # Those of the batch that were finished before an interruption are computed again: numbers then stay exactly
            # the same, since a network's last digits depend on how many run beside it.
            evaluations = evaluated(
                objective, [history.architecture(i) for i in own], [derive_seed(seed, "train", i) for i in own]
            )
            found = {history.trials[i].number: evaluation for i, evaluation in zip(own, evaluations, strict=True)}
            for trial in [trial for trial in waiting if trial.number in found]:
                if pictures is not None:
                    draw(pictures, history, trial, found[trial.number])
                finish(shift, trial, found[trial.number])
                waiting.remove(trial)


def run_in_bulk(
    study: optuna.Study,
    method: Method,
    objective: Objective,
    seed: int,
    finished: Finished,
    architectures: Architectures | None = None,
) -> None:
    """The same search for an objective that costs nothing, by a single worker: trials are written finished.

    The study is read once. Where the storage holds writes back, they come together every 2 seconds and at the end; what
    a kill takes from the end of the study is done again, with the same numbers.

    Args:
        study, method, objective, seed, finished, architectures: as in `run_study`.

    Example:
        >>> from archgraph import ArchTable, spaces
        >>> from search import TableObjective, make, open_study, run_in_bulk
        >>> objective = TableObjective(ArchTable.read("cells.parquet"), spaces.get("dag:1-4"), ["nodes"])
        >>> study = open_study(None, "mine", {}, objective.directions)
        >>> run_in_bulk(study, make("evolution", objective.space), objective, 0, lambda trials: len(trials) >= 30)
        >>> study.best_value
        13.0
    """
    history = open_history(study, objective, architectures)
    proposer = Proposer(history, method, seed, objective.costs_of)
    history.sync()
    written = time.monotonic()
    try:
        while not finished(history.trials):
            proposal = proposer.next()
            if proposal.row < 0:
                return
            architecture = history.architectures.architecture(proposal.row)
            [evaluation] = evaluated(objective, [architecture], [derive_seed(seed, "train", len(history))])
            failed = evaluation.reason is not None
            state, values = (TrialState.FAIL, None) if failed else (TrialState.COMPLETE, list(evaluation.values))
            trial = proposer.trial(proposal, state, values, evaluation.stored)
            study.add_trial(trial)
            trial.number = len(history)
            history.append(trial, proposal.row)
            if time.monotonic() > written + _SECONDS:
                flush(study)
                written = time.monotonic()
    finally:
        flush(study)


def open_history(study: optuna.Study, objective: Objective, architectures: Architectures | None) -> History:
    """What a search of an objective may know of a study."""
    if architectures is None:
        architectures = Architectures(objective.space, objective.members, limits=objective.limits)
    return History(study, architectures)


def recall(history: History, objective: Objective) -> None:
    """Give the objective what trials have measured since it was last given it, those of other workers too."""
    for position in history.changed():
        objective.recall(history.architecture(position).hash, history.trials[position].user_attrs)


def _batch(history: History, waiting: Sequence[Trial], name: str | None) -> list[int]:
    """The trials of the history, by position, that are evaluated together: those of a batch, or else the first waiting
    one alone."""
    return [history.position(trial.number) for trial in waiting[:1]] if name is None else history.batch(name)


def begun_again(shift: Shift, history: History) -> list[Trial]:
    """Trials of workers that are gone, begun again, but for those whose architecture another has begun meanwhile."""
    taken = take_up(shift, history.unfinished)
    if not taken:
        return []
    history.sync()
    rows = [int(history.rows[history.position(trial.number)]) for trial in taken]
    others = [trial for trial, row in zip(taken, rows, strict=True) if not history.is_first(trial.number, row)]
    for trial in others:
        shift.end(trial, None, {GIVEN_UP: LATE})
    if others:
        history.sync()
    return [trial for trial in taken if trial not in others]


def begin_proposed(proposer: Proposer, shift: Shift, attributes: Mapping[str, Any]) -> Trial | None:
    """A new trial, the first with its architecture; queued ones come first. None where nothing is left."""
    if (trial := begin_queued(proposer, shift, attributes)) is not None:
        return trial
    history = proposer.history
    names: tuple[str, ...] = ()
    while True:
        proposal = proposer.next(*names)
        if proposal.row < 0:
            return None
        # What an evaluation costs is stored at once: a write less at the end.
        template = proposer.trial(proposal, attributes={**attributes, QUERIES: 1.0})
        trial = shift.begin(template)
        if trial.number == history.asked:  # nobody has begun another one since the study was read
            template.number = trial.number
            history.append(template, proposal.row)
            return trial
        history.sync()
        if history.is_first(trial.number, proposal.row):
            return trial
        shift.end(trial, None, {GIVEN_UP: LATE})
        history.sync()
        names = (shift.name,)  # another worker had the same thought; from here on thoughts differ


def begin_queued(proposer: Proposer, shift: Shift, attributes: Mapping[str, Any]) -> Trial | None:
    """The first queued trial that can be evaluated, begun; those before it are failed, and say why. None where none is
    left."""
    while proposer.history.queued:
        if (trial := _taken(proposer, shift, proposer.history.queued[0], attributes)) is not None:
            return trial
    return None


def draw(pictures: Pictures, history: History, trial: Trial, evaluation: Evaluation) -> None:
    """Draw the architecture of a trial, if its evaluation is the best."""
    if evaluation.reason is None:
        row = int(history.rows[history.position(trial.number)])
        losses = history.signs * evaluation.values
        pictures.keep(trial, history.architectures.graph(row), losses, history.losses)


def _taken(proposer: Proposer, shift: Shift, waiting: FrozenTrial, attributes: Mapping[str, Any]) -> Trial | None:
    """A queued trial, begun; None where it cannot be evaluated, it is then failed and says why, or where another worker
    was faster."""
    trial, history = shift.take(waiting), proposer.history
    if trial is None:
        history.sync()
        return None
    try:
        template = proposer.trial(proposer.queued(waiting), attributes={**attributes, QUERIES: 1.0})
    except InputError as error:
        shift.end(trial, None, {REFUSED: str(error)})
        history.sync()
        return None
    for name, value in template.user_attrs.items():
        trial.set_user_attr(name, value)
    choose(trial, template.params, template.distributions)
    history.sync()
    return trial
