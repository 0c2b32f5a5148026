"""The searches' own methods as samplers of Optuna."""

from __future__ import annotations

from typing import Any, ClassVar

from optuna.samplers import BaseSampler

from archgraph.settings import check_settings
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from search.methods.base import Method
from search.methods.delta import DeltaEvolution
from search.methods.evolution import RegularisedEvolution
from search.methods.global_gp import GlobalProcess
from search.methods.local import LocalSearch
from search.methods.random_search import RandomSearch
from search.objectives.limits import Limits
from search.samplers.base import ArchitectureSampler


class _OfMethod(ArchitectureSampler):
    """A sampler by the method of one class, whose constructor takes the settings."""

    name: ClassVar[str]
    kind: ClassVar[type[Method]]

    def __init__(
        self,
        space: Space,
        seed: int = 0,
        members: ArchTable | None = None,
        limits: Limits | None = None,
        independent: BaseSampler | None = None,
        **settings: Any,
    ) -> None:
        method = self.kind(**check_settings(f"method {self.name}", self.kind, settings))
        super().__init__(space, method, self.name, seed, members, limits, independent)


class RandomArchitectureSampler(_OfMethod):
    """Random search as a sampler: architectures as the space draws them, none twice.

    Args:
        space, seed, members, limits, independent: as of `ArchitectureSampler`.

    Example:
        >>> import optuna
        >>> from archgraph import spaces
        >>> from search import RandomArchitectureSampler, suggest_architecture
        >>> space = spaces.get("transnas:macro")
        >>> study = optuna.create_study(sampler=RandomArchitectureSampler(space))
        >>> study.optimize(lambda trial: suggest_architecture(trial, space).num_nodes, n_trials=3)
        >>> len({trial.user_attrs["hash"] for trial in study.trials})
        3
    """

    name, kind = "random", RandomSearch


class EvolutionSampler(_OfMethod):
    """Regularised evolution (Real et al. 2019) as a sampler; see `RegularisedEvolution`.

    Args:
        space, seed, members, limits, independent: as of `ArchitectureSampler`.
        settings: of the method.

    Example:
        >>> import optuna
        >>> from archgraph import spaces
        >>> from search import EvolutionSampler, suggest_architecture
        >>> space = spaces.get("macro")
        >>> study = optuna.create_study(sampler=EvolutionSampler(space, population=8))
        >>> study.optimize(lambda trial: suggest_architecture(trial, space).num_nodes, n_trials=6)
        >>> len({trial.user_attrs["hash"] for trial in study.trials})
        6
    """

    name, kind = "evolution", RegularisedEvolution


class LocalSampler(_OfMethod):
    """Local search (White et al. 2021) as a sampler; see `LocalSearch`.

    Args:
        space, seed, members, limits, independent: as of `ArchitectureSampler`.

    Example:
        >>> import optuna
        >>> from archgraph import spaces
        >>> from search import LocalSampler, suggest_architecture
        >>> space = spaces.get("macro")
        >>> study = optuna.create_study(sampler=LocalSampler(space))
        >>> study.optimize(lambda trial: suggest_architecture(trial, space).num_nodes, n_trials=3)
        >>> len(study.trials)
        3
    """

    name, kind = "local", LocalSearch


class GlobalSampler(_OfMethod):
    """Expected improvement of every member of a small space as a sampler; see `GlobalProcess`.

    Args:
        space, seed, members, limits, independent: as of `ArchitectureSampler`.
        settings: of the method.

    Example:
        >>> import optuna
        >>> from archgraph import ArchTable, spaces
        >>> from search import GlobalSampler, suggest_architecture
        >>> space = spaces.get("dag:1-4")
        >>> study = optuna.create_study(sampler=GlobalSampler(space, members=ArchTable.read("cells.parquet")))
        >>> study.optimize(lambda trial: suggest_architecture(trial, space).num_nodes, n_trials=4)
        >>> len(study.trials)
        4
    """

    name, kind = "global", GlobalProcess


class DeltaSampler(_OfMethod):
    """Evolution by predicted differences (Delta-NAS) as a sampler; see `DeltaEvolution`.

    It proposes what `archgraph search delta` does with the same seed.

    Args:
        space, seed, members, limits, independent: as of `ArchitectureSampler`.
        settings: of the method, such as `parents`.

    Example:
        >>> import optuna
        >>> from archgraph import spaces
        >>> from search import DeltaSampler, suggest_architecture
        >>> space = spaces.get("macro")
        >>> def objective(trial):
        ...     graph = suggest_architecture(trial, space)
        ...     return graph.ops.count("identity") + trial.suggest_float("lr", 0.0, 0.1)
        >>> study = optuna.create_study(direction="maximize", sampler=DeltaSampler(space, start=2))
        >>> study.optimize(objective, n_trials=6)
        >>> len(study.best_params)
        9
    """

    name, kind = "delta", DeltaEvolution
