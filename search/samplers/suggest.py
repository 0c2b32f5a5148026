"""An architecture in anyone's objective, as Optuna's trials suggest other things."""

from __future__ import annotations

from optuna import TrialPruned
from optuna.trial import BaseTrial, Trial

from archgraph._compat import fix
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.spaces import Space
from search.objectives.base import published_costs
from search.parameters import described
from search.samplers.base import ArchitectureSampler
from search.studies.study import ARCHITECTURE, HASH


def suggest_architecture(trial: BaseTrial, space: Space) -> ArchGraph:
    """Suggest a member of a space, beside whatever else a trial suggests.

    What it has chosen becomes parameters of the trial under the names of the space's choices, and its native form, hash
    and costs become attributes. Any sampler of Optuna can choose; those of `search` choose as their methods do.

    Args:
        trial: of an objective, or of `Study.ask`; also a `FixedTrial`.
        space: of the architecture; one a trial.

    Raises:
        InputError: the space has no fixed choices, and the study's sampler is none of `search`.
        optuna.TrialPruned: the choices break the space's rules, as those of a sampler may that does not know them; an
            objective need not catch it.

    Example:
        >>> import optuna
        >>> from archgraph import spaces
        >>> from search import suggest_architecture
        >>> space = spaces.get("macro")
        >>> def objective(trial):
        ...     graph = suggest_architecture(trial, space)
        ...     rate = trial.suggest_float("lr", 1e-3, 1e-1, log=True)
        ...     return graph.ops.count("identity") + rate
        >>> study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
        >>> study.optimize(objective, n_trials=2)
        >>> list(study.best_params)[:2], len(study.best_trial.user_attrs["architecture"])
        (['layer 1', 'layer 2'], 8)
    """
    if not space.choices:
        return _drawn(trial, space)
    native = trial.user_attrs.get(ARCHITECTURE)
    if native is not None and HASH not in trial.user_attrs and isinstance(trial, Trial):  # it was queued by its name
        fix(trial, space.to_choices(space.from_native(native)))
    chosen = {name: trial.suggest_categorical(name, values) for name, values in space.choices.items()}
    sampler = trial.study.sampler if isinstance(trial, Trial) else None
    graph = sampler.proposed(trial, chosen) if isinstance(sampler, ArchitectureSampler) else None
    if graph is None:
        graph = space.from_choices(chosen)
    if graph is None:
        raise TrialPruned(f"what is chosen is no member of {space.name}")
    if HASH not in trial.user_attrs:
        known = {ARCHITECTURE: space.to_native(graph), HASH: graph.canonical_hash()}
        for name, value in {**known, **described(space, graph, published_costs(space, graph))}.items():
            trial.set_user_attr(name, value)
    return graph


def _drawn(trial: BaseTrial, space: Space) -> ArchGraph:
    """What a sampler of `search` has drawn from a space without fixed choices."""
    if isinstance(trial, Trial):
        assert trial.relative_params == {}, "asks the sampler, once"
    native = trial.user_attrs.get(ARCHITECTURE)
    if native is None:
        raise InputError(
            f"the space {space.name} has no fixed choices that any sampler could choose from; take one of search, such "
            "as DeltaSampler"
        )
    return space.from_native(native)
