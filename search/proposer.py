"""What is evaluated next: a method's proposal that is new and fits, as a trial of the study.

The one place where all searches ask their methods, the loop and the samplers alike. A proposal whose network the study
has had (`archgraph.equivalence` says which architectures are one), or that is no member, is rejected and the method
asked again with another seed; after 5 such the last one is repaired by a random walk of edits to the first architecture
that is new. All are counted in the trial's attributes `repeated`, `rejected` and `repaired`. So is what costs more than
the objective's limits: it is never proposed, and `rejected` counts how often it was met. What a table holds of another
spelling of a paid network is not looked at: it comes last, when no network is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from optuna.trial import FrozenTrial, TrialState, create_trial

from archgraph.errors import ArchGraphError, InputError
from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from search.methods.base import ATTEMPTS, Method, Proposal, walk
from search.objectives.base import Architecture
from search.objectives.costs import LATENCIES
from search.parameters import described, distributions
from search.studies.history import History
from search.studies.study import ARCHITECTURE, FIXED, HASH

CostsOf = Callable[[Architecture], Mapping[str, float]]
"""What an architecture costs, by name."""


class Proposer:
    """Asks a method for what is evaluated next.

    Args:
        history: what the method may know; not changed.
        method: proposes architectures.
        seed: of every random choice.
        costs_of: what an architecture costs; `params` and `flops` become attributes of its trial.
    """

    def __init__(self, history: History, method: Method, seed: int, costs_of: CostsOf) -> None:
        self.history, self.method, self.seed, self.costs_of = history, method, seed, costs_of

    def next(self, *names: int | str) -> Proposal:
        """A proposal that is new and fits; its row is -1 where nothing is left.

        Args:
            names: further names of its seed, beside the number of trials so far.
        """
        met = self.history.architectures
        refused, measured = met.refused, len(met.latencies)
        counts = {"repeated": 0, "rejected": 0}

        def found(proposal: Proposal) -> Proposal:
            counts["rejected"] += met.refused - refused
            new = dict(list(met.latencies.items())[measured:])
            met_on_the_way = counts | ({LATENCIES: new} if new else {})
            attributes = {**proposal.attributes, **{k: v for k, v in met_on_the_way.items() if v}}
            return replace(proposal, attributes=attributes)

        seeds = (len(self.history), *names)
        last = -1
        for attempt in range(ATTEMPTS):
            proposal = self.method.propose(self.history, derive_seed(self.seed, "propose", *seeds, attempt))
            if proposal.row >= 0 and proposal.row not in self.history and met.is_fast(proposal.row):
                return found(proposal)
            last = max(last, proposal.row)
            repeated = proposal.row >= 0 and proposal.row in self.history
            counts["repeated" if repeated else "rejected"] += 1
        rng = np.random.default_rng(derive_seed(self.seed, "repair", *seeds))
        row = walk(met, self.history, last if last >= 0 else met.draw(rng), rng)
        return found(replace(Proposal(row), attributes={"repaired": 1}))

    def queued(self, trial: FrozenTrial) -> Proposal:
        """What a queued trial asks for, by native form or by choices; what these leave open is proposed.

        Args:
            trial: made by `Study.enqueue_trial`, with `architecture` among its parameters or attributes, or choices.

        Raises:
            InputError: it is no member, its network is known already, or it cannot be evaluated.
        """
        met, fixed = self.history.architectures, {**trial.system_attrs.get(FIXED, {}), **trial.params}
        native = trial.user_attrs.get(ARCHITECTURE, fixed.get(ARCHITECTURE))
        chosen: dict[str, Any] = {}
        if native is not None:
            graph: ArchGraph | None = met.space.from_native(str(native))
        else:
            given = {name: fixed[name] for name in met.space.choices if name in fixed}
            if len(given) < len(met.space.choices) or not given:
                proposal = self.next("queued", trial.number)
                if proposal.row < 0:
                    raise InputError("nothing is left to fill in what is queued")
                if not given:
                    return proposal
                given = {**self.params(proposal), **given}
            chosen, graph = given, met.space.from_choices(given)
        if graph is None:
            raise InputError(f"what is queued is no member of {met.space.name}")
        met.space.validate(graph)
        [row] = met.add([graph]).tolist()
        if row < 0 or not met.is_fast(row):
            raise InputError("what is queued is not in the table, or costs more than the limits")
        if row in self.history:
            raise InputError("what is queued is a network that the study has had")
        return Proposal(row, chosen)

    def trial(
        self,
        proposal: Proposal,
        state: TrialState = TrialState.RUNNING,
        values: Sequence[float] | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> FrozenTrial:
        """A proposal as a trial: its choices as parameters, and what is known of its architecture.

        Args:
            proposal: of an architecture.
            state, values, attributes: of the trial.
        """
        params = self.params(proposal)
        return create_trial(
            state=state,
            values=values,
            params=params,
            distributions=dict(distributions(self.history.architectures.space)) if params else {},
            user_attrs={**self.attributes(proposal), **(attributes or {})},
            system_attrs=dict(proposal.system_attributes),
        )

    def params(self, proposal: Proposal) -> dict[str, Any]:
        """What the architecture of a proposal has chosen, as the method spelt it."""
        return dict(proposal.chosen or self.history.architectures.choices(proposal.row))

    def attributes(self, proposal: Proposal, graph: ArchGraph | None = None) -> dict[str, Any]:
        """What a trial of a proposal says of its architecture, whose graph may be at hand."""
        met = self.history.architectures
        architecture = met.architecture(proposal.row)
        if graph is None:
            graph = met.graph(proposal.row)
        try:
            costs = self.costs_of(replace(architecture, graph=graph))
        except ArchGraphError:  # its evaluation will say so
            costs = {}
        return {
            ARCHITECTURE: architecture.native,
            HASH: architecture.hash,
            **described(met.space, graph, costs),
            **proposal.attributes,
        }
