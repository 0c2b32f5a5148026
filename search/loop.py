"""The loop that all searches share: propose, evaluate, report; no network is paid for twice, and with several
objectives, which latency or parameters may be, no architecture.

A proposal whose network the study has had (`archgraph.equivalence` says which architectures are one), or that is no
member, is rejected and the method asked again with another seed; after 5 such the last one is repaired by a random walk
of edits to the first architecture that is new. All are counted in the trial's attributes `repeated`, `rejected` and
`repaired`. So is what costs more than the objective's limits: it is never proposed, and `rejected` counts how often it
was met. An evaluation that fails, as a training that diverges, fails its trial with the reason in the attribute
`reason`; it counts as one, and no method is given its network again.
What a table holds of another spelling of a paid network is not looked at: it comes last, when no network is left.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import optuna
from optuna.trial import Trial, TrialState, create_trial

from archgraph.checks import check_whole
from archgraph.seeds import derive_seed
from archgraph.storages.journals import flush
from archgraph.storages.liveness import Shift
from search.architectures import Architectures
from search.methods.base import ATTEMPTS, Method, Proposal, walk
from search.objectives.base import Objective
from search.objectives.costs import LATENCIES
from search.objectives.evaluation import QUERIES
from search.studies.history import History, architecture_of
from search.studies.study import ARCHITECTURE, BATCH, HASH, Finished, finish, take_up

_SECONDS = 2.0  # between two writes of finished trials
_PAUSE = 1.0  # seconds between two looks at trials whose workers may be gone


def run_study(
    study: optuna.Study,
    method: Method,
    objective: Objective,
    seed: int,
    finished: Finished,
    architectures: Architectures | None = None,
    batch: int = 1,
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
    history = _history(study, objective, architectures)
    waiting: list[Trial] = []
    with Shift(study) as shift:
        while True:
            history.sync()
            if taken := take_up(shift, history.trials):
                waiting += taken
                history.sync()
            _recall(history, objective)
            name = waiting[0].user_attrs.get(BATCH) if waiting else None
            own = _batch(history, waiting, name)
            while len(own) < batch and not finished(history.trials):
                if name is None and batch > 1:
                    name = f"{shift.name}:{len(history)}"
                trial = _begin(history, shift, method, seed, {} if name is None else {BATCH: name})
                if trial is None:
                    break
                waiting.append(trial)
                own = _batch(history, waiting, name)
            if not own:
                if not shift.is_doubtful(history.trials):
                    return
                time.sleep(_PAUSE)
                continue
            # Those of the batch that were finished before an interruption are computed again: numbers then stay exactly
            # the same, since a network's last digits depend on how many run beside it.
            evaluations = objective(
                [architecture_of(history.trials[i]) for i in own], [derive_seed(seed, "train", i) for i in own]
            )
            found = {history.trials[i].number: evaluation for i, evaluation in zip(own, evaluations, strict=True)}
            for trial in [trial for trial in waiting if trial.number in found]:
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
    """
    history = _history(study, objective, architectures)
    history.sync()
    written = time.monotonic()
    try:
        while not finished(history.trials):
            proposal = _propose(history, method, seed, len(history))
            if proposal.row < 0:
                return
            architecture = history.architectures.architecture(proposal.row)
            [evaluation] = objective([architecture], [derive_seed(seed, "train", len(history))])
            failed = evaluation.reason is not None
            trial = create_trial(
                state=TrialState.FAIL if failed else TrialState.COMPLETE,
                values=None if failed else list(evaluation.values),
                params=dict(proposal.params),
                distributions=dict(proposal.distributions),
                user_attrs={**_attributes(history, proposal), **evaluation.stored},
                system_attrs=dict(proposal.system_attributes),
            )
            study.add_trial(trial)
            trial.number = len(history)
            history.append(trial, proposal.row)
            if time.monotonic() > written + _SECONDS:
                flush(study)
                written = time.monotonic()
    finally:
        flush(study)


def _history(study: optuna.Study, objective: Objective, architectures: Architectures | None) -> History:
    if architectures is None:
        architectures = Architectures(objective.space, objective.members, limits=objective.limits)
    return History(study, architectures)


def _recall(history: History, objective: Objective) -> None:
    """Give the objective what trials have measured, those of other workers too."""
    for trial in history.trials:
        objective.recall(trial.user_attrs[HASH], trial.user_attrs)


def _batch(history: History, waiting: Sequence[Trial], name: str | None) -> list[int]:
    """The trials of the history, by position, that are evaluated together: those of a batch, or else the first waiting
    one alone."""
    if name is None:
        numbers = {trial.number for trial in waiting[:1]}
        return [i for i, trial in enumerate(history.trials) if trial.number in numbers]
    return [i for i, trial in enumerate(history.trials) if trial.user_attrs.get(BATCH) == name]


def _begin(history: History, shift: Shift, method: Method, seed: int, attributes: Mapping[str, Any]) -> Trial | None:
    """A new trial, the first with its architecture; None where nothing is left."""
    names: tuple[str, ...] = ()
    while True:
        proposal = _propose(history, method, seed, len(history), *names)
        if proposal.row < 0:
            return None
        template = create_trial(
            state=TrialState.RUNNING,
            params=dict(proposal.params),
            distributions=dict(proposal.distributions),
            user_attrs={
                **_attributes(history, proposal),
                **attributes,
                QUERIES: 1.0,
            },  # stored at once: a write less at the end
            system_attrs=dict(proposal.system_attributes),
        )
        trial = shift.begin(template)
        if trial.number == history.asked:  # nobody has begun another one since the study was read
            template.number = trial.number
            history.append(template, proposal.row)
            return trial
        history.sync()
        earlier = [row for t, row in zip(history.trials, history.rows, strict=True) if t.number < trial.number]
        if proposal.row not in earlier:
            return trial
        shift.end(trial, None)
        history.sync()
        names = (shift.name,)  # another worker had the same thought; from here on thoughts differ


def _propose(history: History, method: Method, seed: int, *names: int | str) -> Proposal:
    """A proposal that is new and fits; its row is -1 where nothing is left."""
    met = history.architectures
    refused, measured = met.refused, len(met.latencies)
    counts = {"repeated": 0, "rejected": 0}

    def counted(proposal: Proposal) -> Proposal:
        counts["rejected"] += met.refused - refused
        new = dict(list(met.latencies.items())[measured:])
        return _counted(proposal, counts | ({LATENCIES: new} if new else {}))

    last = -1
    for attempt in range(ATTEMPTS):
        proposal = method.propose(history, derive_seed(seed, "propose", *names, attempt))
        if proposal.row >= 0 and proposal.row not in history and met.is_fast(proposal.row):
            return counted(proposal)
        last = max(last, proposal.row)
        repeated = proposal.row >= 0 and proposal.row in history
        counts["repeated" if repeated else "rejected"] += 1
    rng = np.random.default_rng(derive_seed(seed, "repair", *names))
    row = walk(met, history, last if last >= 0 else met.draw(rng), rng)
    return counted(replace(Proposal(row), attributes={"repaired": 1}))


def _counted(proposal: Proposal, counts: Mapping[str, Any]) -> Proposal:
    return replace(proposal, attributes={**proposal.attributes, **{k: v for k, v in counts.items() if v}})


def _attributes(history: History, proposal: Proposal) -> dict[str, Any]:
    architecture = history.architectures.architecture(proposal.row)
    return {ARCHITECTURE: architecture.native, HASH: architecture.hash, **proposal.attributes}
