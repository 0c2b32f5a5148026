"""What archgraph knows of other distributions beyond their documented interfaces; checked with torch 2.15 and
torch-geometric 2.8.1.

torch-geometric's package imports all of itself, and with it torch's compiler: twice the processor time of torch alone,
of which graphs and batches use a twentieth. Here it is loaded without those parts; each is loaded by its own import or
when it is first asked of the package, as `torch_geometric.nn`. A program that imported torch-geometric before has all
of it, and nothing is changed.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

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


if "torch_geometric" not in sys.modules:
    _load()
from torch_geometric.data import Batch, Data  # noqa: E402
from torch_geometric.utils import scatter  # noqa: E402


def leave_out_of_averages(model: Any, names: Sequence[str]) -> None:
    """Have torch's DistributedDataParallel not average the gradients of these parameters of a module."""
    from torch.nn.parallel import DistributedDataParallel

    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(model, names)


def standard_gamma(shape: Any, generator: Any) -> Any:
    """Draws of the gamma distribution of scale 1, of a generator; torch's public ones draw of the global generator."""
    import torch

    return torch._standard_gamma(shape, generator=generator)


__all__ = ["Batch", "Data", "leave_out_of_averages", "quiet", "scatter", "standard_gamma"]
