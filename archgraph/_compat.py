"""What archgraph knows of other distributions beyond their documented interfaces; checked with torch 2.15,
torch-geometric 2.8.1, Optuna 5.0 and SQLAlchemy 2.1.

torch-geometric's package imports all of itself, and with it torch's compiler: twice the processor time of torch alone,
of which graphs and batches use a twentieth. Here it is loaded without those parts; each is loaded by its own import or
when it is first asked of the package, as `torch_geometric.nn`. A program that imported torch-geometric before has all
of it, and nothing is changed. It is loaded when one of its names is first asked for here, so that what works on studies
alone loads no torch.

Optuna is loaded by the functions that use it, since few programs search. Its private storage of a study is where a
trial begins in one write with all that is known of it, where signs of life of a running trial are left, and where
databases are told that a trial is locked; its samplers are asked for points of known distributions.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler, TPESampler
    from optuna.storages import BaseStorage
    from optuna.storages.journal import JournalFileSymlinkLock, JournalStorage
    from optuna.trial import FrozenTrial, Trial
    from torch import Tensor
    from torch.nn import Module
    from torch_geometric.data import Batch, Data
    from torch_geometric.utils import scatter

_GRAPHS = {"Batch": "torch_geometric.data", "Data": "torch_geometric.data", "scatter": "torch_geometric.utils"}
"""Names of torch-geometric -> where they are from."""
_PARTS = ("datasets", "explain", "nn", "profile", "transforms")
_LATER = ("torch._dynamo", *(f"torch_geometric.{part}" for part in _PARTS))
"""What loading graphs and batches imports and does not use; torch itself loads `torch._dynamo` when it is asked for."""


class _Unloaded(ModuleType):
    """Stands for a module while its package is imported, and becomes it where it is used after all."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # asked of every module by those who look through all
            raise AttributeError(name)
        sys.modules.pop(self.__name__, None)
        return getattr(import_module(self.__name__), name)


@contextmanager
def quiet() -> Iterator[None]:
    """Load a part of torch-geometric without the warnings that it gives: it scripts a few functions."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.script", category=FutureWarning)
        warnings.filterwarnings("ignore", message=r".*torch\.jit\.script", category=DeprecationWarning)
        yield


def _part(name: str) -> ModuleType:
    """A part of torch-geometric that is loaded when it is first asked for (PEP 562)."""
    if name not in _PARTS:
        raise AttributeError(f"module 'torch_geometric' has no attribute {name!r}")
    with quiet():
        return import_module(f"torch_geometric.{name}")


def _load() -> None:
    """Import torch-geometric without what stands in `_LATER`."""
    import torch  # noqa: F401  before the rest: what it imports itself is its own affair

    unloaded = {name: _Unloaded(name) for name in _LATER if name not in sys.modules}
    sys.modules.update(unloaded)
    try:
        with quiet():
            package = import_module("torch_geometric")
    finally:
        for name, module in unloaded.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
    package.__getattr__ = _part  # type: ignore[method-assign]


def __getattr__(name: str) -> Any:
    """A name of torch-geometric, which is loaded now (PEP 562)."""
    if name not in _GRAPHS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if "torch_geometric" not in sys.modules:
        _load()
    return globals().setdefault(name, getattr(import_module(_GRAPHS[name]), name))


def storage_of(study: Study) -> BaseStorage:
    """The storage that a study of Optuna lies in."""
    return study._storage


def journal_trials(storage: JournalStorage, study: int) -> list[FrozenTrial]:
    """All trials of a study in a journal, in their order, as `get_all_trials` gives them."""
    with storage._thread_lock:
        storage._sync_with_backend()
        known = storage._replay_result
        known.get_study(study)  # raises where there is none
        return [*map(known._trials.__getitem__, known._study_id_to_trial_ids[study])]


def link_to(lock: JournalFileSymlinkLock, name: str) -> None:
    """Let a lock's link lead to a file of its own folder, wherever that is seen from.

    Optuna's leads where the path that it was given leads from there, for a relative path nowhere; who waits for such a
    link waits for ever when the worker that made it was killed.
    """
    lock._lock_target_file = name


def begin_trial(study: Study, template: FrozenTrial) -> Trial:
    """A trial of a study with all that the template holds, in one write."""
    from optuna.trial import Trial

    return Trial(study, study._storage.create_new_trial(study._study_id, template))


def take_trial(study: Study, waiting: FrozenTrial) -> Trial | None:
    """A queued trial as one that runs; None where another worker was faster."""
    from optuna.exceptions import UpdateFinishedTrialError
    from optuna.trial import Trial, TrialState

    try:
        taken = study._storage.set_trial_state_values(waiting._trial_id, TrialState.RUNNING)
    except UpdateFinishedTrialError:
        return None
    return Trial(study, waiting._trial_id) if taken else None


def leave_sign(study: Study, trial: int, name: str, value: int) -> None:
    """Write a system attribute into a running trial, by its number."""
    storage = study._storage
    storage.set_trial_system_attr(storage.get_trial_id_from_study_id_trial_number(study._study_id, trial), name, value)


def leave_note(study: Study, trial: int, name: str, value: str) -> None:
    """Write an attribute into a running trial, by its number."""
    storage = study._storage
    storage.set_trial_user_attr(storage.get_trial_id_from_study_id_trial_number(study._study_id, trial), name, value)


def silent_trials(study: Study) -> set[int]:
    """Ids of running trials whose heartbeats have stopped, by the clock of their database; none where the storage keeps
    no heartbeats."""
    from optuna.storages._heartbeat import BaseHeartbeat, is_heartbeat_enabled

    storage = study._storage
    if not isinstance(storage, BaseHeartbeat) or not is_heartbeat_enabled(storage):
        return set()
    return set(storage._get_stale_trial_ids(study._study_id))


def id_of(trial: FrozenTrial) -> int:
    """What the storage of a trial calls it."""
    return trial._trial_id


def database(url: str, sign: str, interval: int, grace: int, engine: Mapping[str, Any]) -> BaseStorage:
    """A database of studies with Optuna's heartbeats.

    Args:
        url: of SQLAlchemy.
        sign: system attribute of a trial: who writes it leaves a heartbeat of the trial too, and a trial that begins
            with it begins with a heartbeat. `Study.optimize` leaves heartbeats by itself.
        interval: seconds between heartbeats.
        grace: seconds without one after which a trial counts as left alone.
        engine: options of SQLAlchemy's engine.
    """
    from optuna.exceptions import ExperimentalWarning
    from optuna.storages import get_storage

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        made = _database_class()(sign, url, dict(engine), heartbeat_interval=interval, grace_period=grace)
    return get_storage(made)


@cache
def _database_class() -> Any:
    from optuna.storages import RDBStorage
    from optuna.storages._rdb.models import TrialHeartbeatModel
    from optuna.trial import TrialState
    from sqlalchemy import text

    class Database(RDBStorage):
        def __init__(self, sign: str, *args: Any, **options: Any) -> None:
            self._sign = sign
            super().__init__(*args, **options)

        def _get_prepared_new_trial(self, study_id: int, template_trial: FrozenTrial | None, session: Any) -> Any:
            made = super()._get_prepared_new_trial(study_id, template_trial, session)
            signed = template_trial is not None and self._sign in template_trial.system_attrs
            if signed and made.state == TrialState.RUNNING:
                session.add(TrialHeartbeatModel(trial_id=made.trial_id))
            return made

        def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
            super().set_trial_system_attr(trial_id, key, value)
            if key == self._sign:
                self.record_heartbeat(trial_id)

        def set_trial_state_values(self, trial_id: int, state: TrialState, values: Any = None) -> bool:
            if self.engine.dialect.name == "sqlite":  # which knows no lock of a row: take the lock of the file first
                lock = text("UPDATE trials SET number = number WHERE trial_id = :trial")
                self.scoped_session().execute(lock, {"trial": trial_id})
            return super().set_trial_state_values(trial_id, state, values)

    return Database


def choose(trial: Trial, params: Mapping[str, Any], distributions: Mapping[str, BaseDistribution]) -> None:
    """Write parameters into a running trial, which no sampler is asked for."""
    for name, value in params.items():
        internal = distributions[name].to_internal_repr(value)
        trial.storage.set_trial_param(trial._trial_id, name, internal, distributions[name])


def fix(trial: Trial, params: Mapping[str, Any]) -> None:
    """Have a trial suggest these parameters, as if it had been queued with them."""
    trial._fixed_params = {**trial._fixed_params, **params}


def suggested(trial: Trial, distributions: Mapping[str, BaseDistribution]) -> dict[str, Any]:
    """The point of a trial, written into it."""
    return {name: trial._suggest(name, kind) for name, kind in distributions.items()}


def remembered(study: Study, trial: Trial) -> dict[str, Any]:
    """What a sampler remembers by a trial: CMA-ES writes its state into the storage while it samples, and not into
    the trial."""
    return study._storage.get_trial(trial._trial_id).system_attrs


def reseed_tpe(sampler: BaseSampler, seed: int) -> None:
    """Give a TPE sampler another seed; a new sampler would look through the whole study again."""
    from optuna.samplers import TPESampler

    assert isinstance(sampler, TPESampler)
    sampler._rng.rng.seed(seed)
    sampler._random_sampler._rng.rng.seed(seed)


def tpe_sampler(seed: int, space: Mapping[str, BaseDistribution]) -> TPESampler:
    """Optuna's TPE, aware of trials that still run, with the same proposals in two thirds of the time: it knows its
    space and keeps trials' points."""
    sampler: TPESampler = _tpe_class()(seed, space)
    return sampler


@cache
def _tpe_class() -> Any:
    from optuna.samplers import TPESampler

    class KnownSpaceTPE(TPESampler):
        def __init__(self, seed: int, space: Mapping[str, BaseDistribution]) -> None:
            super().__init__(seed=seed, constant_liar=True)
            self._space = dict(sorted(space.items()))
            self._known: dict[tuple[str, ...], dict[int, list[float]]] = {}

        def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
            return self._space if self._is_multivariate(study) else {}

        def sample_relative(
            self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
        ) -> dict[str, Any]:
            return self._sample_relative(study, trial, search_space)  # not reported to other processes: they have it

        def _get_internal_repr(
            self, trials: list[FrozenTrial], search_space: dict[str, BaseDistribution], study: Study
        ) -> dict[str, NDArray[Any]]:
            known = self._known.setdefault(tuple(search_space), {})
            for trial in trials:
                if trial.number not in known:
                    known[trial.number] = [d.to_internal_repr(trial.params[name]) for name, d in search_space.items()]
            points = np.array([known[trial.number] for trial in trials]).reshape(len(trials), len(search_space))
            return dict(zip(search_space, points.T, strict=True))

    return KnownSpaceTPE


def hypervolume(losses: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Volume between a point that is worse than all rows of [n, m], [m], and what the rows dominate."""
    from optuna._hypervolume import compute_hypervolume

    return float(compute_hypervolume(losses, reference))


def nondomination_ranks(losses: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """By how many fronts each row of [n, m] is dominated, [n]; beyond the best so many only that it is by more."""
    from optuna.study._multi_objective import _fast_non_domination_rank

    return np.asarray(_fast_non_domination_rank(losses, n_below=count), dtype=np.intp)


def separable(batch: Batch, node_ptr: Tensor, edge_ptr: Tensor) -> Batch:
    """The same batch with what PyG keeps to take it apart again.

    Args:
        batch: graphs end to end, with `x` and `edge_index`.
        node_ptr: where the nodes of each graph start, and the end, [graphs + 1].
        edge_ptr: likewise for edges.
    """
    graphs = len(node_ptr) - 1
    batch._num_graphs = graphs
    batch._slice_dict = {"x": node_ptr, "edge_index": edge_ptr}
    batch._inc_dict = {"x": node_ptr.new_zeros(graphs), "edge_index": node_ptr[:-1]}
    return batch


def leave_out_of_averages(model: Any, names: Sequence[str]) -> None:
    """Have torch's DistributedDataParallel not average the gradients of these parameters of a module."""
    from torch.nn.parallel import DistributedDataParallel

    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(model, names)


def standard_gamma(shape: Any, generator: Any) -> Any:
    """Draws of the gamma distribution of scale 1, of a generator; torch's public ones draw of the global generator."""
    import torch

    return torch._standard_gamma(shape, generator=generator)


def argument_names(operator: Any) -> list[str]:
    """The names of the arguments of one of torch's operators, in order; none where it is a plain function."""
    schema = getattr(operator, "_schema", None)
    return [argument.name for argument in schema.arguments] if schema is not None else []


def names_without_place(operator: Any) -> set[str]:
    """The names of the arguments of one of torch's operators that are given by name alone."""
    schema = getattr(operator, "_schema", None)
    return {argument.name for argument in schema.arguments if argument.kwarg_only} if schema is not None else set()


def changes_its_arguments(operator: Any) -> bool:
    """Whether one of torch's operators writes into what it takes."""
    schema = getattr(operator, "_schema", None)
    return schema is not None and schema.is_mutable


def is_of_tensors(operator: Any) -> bool:
    """Whether one of torch's operators gives tensors and takes tensors, numbers and words; others are of TorchScript's
    own values, as `aten.mul.left_t`, which repeats a list."""
    schema = operator._schema
    kinds = (str(argument.type) for argument in schema.arguments)
    of_others = any(
        word in kind for kind in kinds for word in ("Any", "Dict", "Storage", "Stream", "List[t]", "List[str]")
    )
    return not of_others and all("Tensor" in str(result.type) for result in schema.returns)


def shares_memory(operator: Any) -> bool:
    """Whether what one of torch's operators gives may lie where what it takes lies."""
    schema = getattr(operator, "_schema", None)
    return schema is not None and any(result.alias_info is not None for result in schema.returns)


def operator_name(operator: Any) -> str | None:
    """The name of one of torch's operators with its overload, as `aten::add.Tensor`; None where it is none."""
    from torch._ops import OpOverload

    return operator.name() if isinstance(operator, OpOverload) else None


def holds_bodies(operator: Any) -> bool:
    """Whether one of torch's operators runs graphs that it is given, as `cond` does."""
    from torch._ops import HigherOrderOperator

    return isinstance(operator, HigherOrderOperator)


__all__ = [
    "Batch",
    "Data",
    "argument_names",
    "begin_trial",
    "changes_its_arguments",
    "choose",
    "database",
    "fix",
    "holds_bodies",
    "hypervolume",
    "id_of",
    "is_of_tensors",
    "journal_trials",
    "leave_out_of_averages",
    "leave_sign",
    "link_to",
    "names_without_place",
    "nondomination_ranks",
    "operator_name",
    "quiet",
    "remembered",
    "reseed_tpe",
    "scatter",
    "separable",
    "shares_memory",
    "silent_trials",
    "standard_gamma",
    "storage_of",
    "suggested",
    "take_trial",
    "tpe_sampler",
]


def part_of(module: Module, name: str) -> Module:
    """The part of a module that is called so, made, empty, where there is none; its name may be that of a method, which
    `add_module` refuses."""
    import torch

    return module._modules.setdefault(name, torch.nn.Module()) or module


def hold(module: Module, name: str, value: Tensor) -> None:
    """Give a module a parameter or, of what is none, a buffer; its name may be that of a method, which
    `register_parameter` refuses."""
    from torch.nn import Parameter

    if isinstance(value, Parameter):
        module._parameters[name] = value
    else:
        module._buffers[name] = value
