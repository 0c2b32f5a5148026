"""A search method as a sampler of Optuna."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import RLock
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import BaseTrial, FrozenTrial, TrialState

from archgraph._compat import id_of, storage_of
from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from search.architectures import Architectures
from search.methods.base import ATTEMPTS, Method, Proposal
from search.objectives.base import Architecture, published_costs
from search.objectives.costs import COUNTED
from search.objectives.evaluation import REASON
from search.objectives.limits import Limits
from search.parameters import distributions
from search.proposer import Proposer
from search.studies.history import History
from search.studies.study import ARCHITECTURE, FIXED

_HELD = 64  # graphs of proposals that no trial has asked for yet


class ArchitectureSampler(BaseSampler):
    """Proposes architectures by a method, as `run_study` does: none twice, each of the space, all from one seed.

    What it knows is in the study, so any number of threads and processes can share one, and a study goes on where it
    was left. Trials that were pruned, failed or added by hand count as known; constraints of trials
    (`Trial.set_constraint`) put those that break them behind all others. Where nothing is left to propose, the study
    stops.

    Args:
        space: of the architectures.
        method: proposes them.
        name: of the method; it and `seed` decide all, as in `archgraph search NAME --seed SEED`.
        seed: of every random choice.
        members: the only architectures that there are; None where all of the space are.
        limits: what architectures may cost.
        independent: samples what else trials suggest; default Optuna's TPE.

    Example:
        >>> import optuna
        >>> from archgraph import spaces
        >>> from search import ArchitectureSampler, make, suggest_architecture
        >>> space = spaces.get("macro")
        >>> sampler = ArchitectureSampler(space, make("random", space), "random", seed=0)
        >>> study = optuna.create_study(sampler=sampler)
        >>> study.optimize(lambda trial: suggest_architecture(trial, space).num_nodes, n_trials=2)
        >>> len(study.trials)
        2
    """

    def __init__(
        self,
        space: Space,
        method: Method,
        name: str,
        seed: int = 0,
        members: ArchTable | None = None,
        limits: Limits | None = None,
        independent: BaseSampler | None = None,
    ) -> None:
        self.space, self.method, self.members, self.limits = space, method, members, limits
        self.seed = derive_seed(seed, name)
        self.independent = (
            TPESampler(seed=derive_seed(seed, "independent") % 2**32) if independent is None else independent
        )
        self._forget()

    def _forget(self) -> None:
        self._lock = RLock()
        self._architectures: Architectures | None = None
        self._known: tuple[tuple[int, str], Proposer] | None = None
        self._graphs: dict[int, tuple[dict[str, Any], ArchGraph]] = {}  # of the last trials, by number

    def __getstate__(self) -> dict[str, Any]:
        forgotten = "_lock", "_architectures", "_known", "_graphs"
        return {name: value for name, value in self.__dict__.items() if name not in forgotten}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def reseed_rng(self) -> None:
        """Threads of one study draw by the study, not by themselves."""
        self.independent.reseed_rng()

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        self.independent.before_trial(study, trial)

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return dict(distributions(self.space))

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self.independent.sample_independent(study, trial, param_name, param_distribution)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The choices of the next architecture, which the trial then holds in its attributes."""
        fixed = {ARCHITECTURE} & trial.user_attrs.keys() or trial.system_attrs.get(FIXED, {}).keys()
        with self._lock:
            proposer = self._proposer(study)
            proposer.history.sync()
            if ARCHITECTURE not in fixed and self.space.choices.keys() <= search_space.keys() - fixed:
                proposal = self._announced(proposer, study, trial)
            else:  # some of it is chosen elsewhere
                proposal = self._next(proposer, study, trial)
            params = proposer.params(proposal)
        return {name: value for name, value in params.items() if name in search_space}

    def proposed(self, trial: BaseTrial, chosen: Mapping[str, Any]) -> ArchGraph | None:
        """The graph of what was proposed for a trial, where that is what it has chosen; it is given once."""
        params, graph = self._graphs.pop(trial.number, (None, None))
        return graph if params == chosen else None

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """A trial that failed says so, and its architecture is not asked for again."""
        self.independent.after_trial(study, trial, state, values)
        if state == TrialState.FAIL and ARCHITECTURE in trial.user_attrs and REASON not in trial.user_attrs:
            storage_of(study).set_trial_user_attr(id_of(trial), REASON, "its objective failed")

    def _announced(self, proposer: Proposer, study: optuna.Study, trial: FrozenTrial) -> Proposal:
        """A proposal that no other trial has had, held by the trial from now on."""
        storage, number = storage_of(study), id_of(trial)
        names: tuple[int, ...] = ()
        for attempt in range(ATTEMPTS):
            proposal = self._next(proposer, study, trial, *names)
            for name, value in proposer.attributes(proposal, self._graph(proposer, proposal, trial)).items():
                storage.set_trial_user_attr(number, name, value)
                trial.user_attrs[name] = value  # which the objective's trial reads, as after `Trial.set_user_attr`
            for name, value in proposal.system_attributes.items():
                storage.set_trial_system_attr(number, name, value)
            proposer.history.sync()
            if proposer.history.times(proposal.row) == 1:
                break
            names = (trial.number, attempt)  # another worker had the same thought; from here on thoughts differ
        return proposal

    def _graph(self, proposer: Proposer, proposal: Proposal, trial: FrozenTrial) -> ArchGraph:
        """The graph of a proposal, as it is written in the trial; kept until the trial asks for it."""
        params = proposer.params(proposal)
        graph = self.space.from_choices(params) if params else None
        if graph is None:
            return proposer.history.architectures.graph(proposal.row)
        if len(self._graphs) >= _HELD:
            self._graphs.pop(next(iter(self._graphs)))
        self._graphs[trial.number] = params, graph
        return graph

    def _next(self, proposer: Proposer, study: optuna.Study, trial: FrozenTrial, *names: int) -> Proposal:
        """The next proposal; any where nothing is left, which stops the study."""
        history = proposer.history
        if not names and len(history) != trial.number:
            names = (trial.number,)
        proposal = proposer.next(*names)
        if proposal.row >= 0:
            return proposal
        with suppress(RuntimeError):  # as it says outside of `Study.optimize`
            study.stop()
        rng = np.random.default_rng(derive_seed(self.seed, "left", trial.number))
        return Proposal(history.architectures.draw(rng), attributes={"repeated": 1})

    def _proposer(self, study: optuna.Study) -> Proposer:
        """What proposes for a study; of one that a pruner shows only in part, for the whole."""
        storage = storage_of(study)
        key = id(storage), study.study_name
        if self._known is None or self._known[0] != key:
            if self._architectures is None:
                self._architectures = Architectures(self.space, self.members, limits=self.limits)
            whole = optuna.Study(study.study_name, storage)
            history = History(whole, self._architectures)
            self._known = key, Proposer(history, self.method, self.seed, self._costs_of)
        return self._known[1]

    def _costs_of(self, architecture: Architecture) -> dict[str, float]:
        assert architecture.graph is not None, "whoever proposes has it"
        if self.limits is not None:
            return self.limits.costs.counted(architecture.graph, *COUNTED)
        return published_costs(self.space, architecture.graph)
