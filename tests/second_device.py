"""A second device, played by the CPU: as with a GPU, what lies on it does not mix with what lies on the CPU.

Every operation runs on the CPU, and one that reads tensors of both devices is an error, but for what CUDA
allows too: copies, numbers without dimensions, and indices that lie on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.utils import backend_registration
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

aten = torch.ops.aten
DEVICE = "second_device"  # torch adds a method of this name to all its modules
COPIES = {aten.copy_.default, aten._to_copy.default}
INDEXING = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default, aten._index_put_impl_.default}


class OnSecond(Tensor):
    """A tensor on the second device.

    Args:
        held: its values, on the CPU.
    """

    held: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls, held: Tensor) -> OnSecond:
        strides, start = held.stride(), held.storage_offset()
        return torch.Tensor._make_wrapper_subclass(  # type: ignore[attr-defined, no-any-return]
            cls, held.shape, strides=strides, storage_offset=start, dtype=held.dtype, device=torch.device(DEVICE, 0)
        )

    def __init__(self, held: Tensor) -> None:
        self.held = held

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return operate(func, args, kwargs or {})


class Operations(TorchDispatchMode):
    """Where the second device works; tensors that are made with its name need this too."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return operate(func, args, kwargs or {})


class Backend(backend_registration._DummyBackendModule):
    def get_amp_supported_dtype(self) -> list[torch.dtype]:
        return [torch.bfloat16]

    def device_count(self) -> int:
        return 0  # there is no state of random numbers to save


@contextmanager
def second_device() -> Iterator[str]:
    """The name of the device, which works within."""
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        with Operations():
            yield DEVICE
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)


def operate(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Run one operation.

    Raises:
        RuntimeError: its tensors lie on two devices.
    """
    tensors = [value for value in tree_leaves((args, kwargs)) if isinstance(value, Tensor)]
    here = [value for value in tensors if isinstance(value, OnSecond)]
    asked = kwargs.get("device")
    if here:
        check(func, args, [value for value in tensors if not isinstance(value, OnSecond)])
    if asked is not None:
        result_here = torch.device(asked).type == DEVICE
        kwargs = kwargs | {"device": torch.device("cpu")}
    else:
        result_here = isinstance(args[0], OnSecond) if func is aten.copy_.default else bool(here)
    held_args, held_kwargs = tree_map_only(OnSecond, lambda value: value.held, (args, kwargs))
    result = func(*held_args, **held_kwargs)
    same = {id(value.held): value for value in here}
    if result_here:
        return tree_map_only(Tensor, lambda value: same[id(value)] if id(value) in same else OnSecond(value), result)
    return tree_map_only(Tensor, lambda value: value.clone() if id(value) in same else value, result)


def check(func: Any, args: Any, elsewhere: list[Tensor]) -> None:
    if func in INDEXING and isinstance(args[0], OnSecond):
        elsewhere = [value for value in elsewhere if value.is_floating_point()]
    if func not in COPIES and any(value.dim() or func in INDEXING for value in elsewhere):
        shapes = [tuple(value.shape) for value in elsewhere]
        raise RuntimeError(f"{func} reads tensors of two devices; on the CPU lie those of shapes {shapes}")


def register() -> torch.library.Library:
    """Tell torch the device's name; what is returned must live as long as the process."""
    backend_registration._setup_privateuseone_for_python_backend(DEVICE, Backend())
    library = torch.library.Library("aten", "IMPL")
    library.impl("empty_strided", lambda *a, **k: operate(aten.empty_strided.default, a, k), "PrivateUse1")
    library.impl("_copy_from", lambda source, to, _=False: operate(aten.copy_.default, (to, source), {}), "PrivateUse1")
    return library


REGISTERED = register()  # when tests are collected: torch counts devices at the first backward pass, and never again


def assert_same_on_the_second_device(work: Callable[[str], Iterable[Tensor]], tolerance: float = 1e-4) -> None:
    """What `work` makes on a device is the same on the CPU and on the second."""
    expected = [value.detach().cpu() for value in work("cpu")]
    with second_device() as device:
        made = list(work(device))
        assert made
        assert all(value.device.type in (device, "cpu") for value in made)
        found = [value.detach().cpu() for value in made]
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, atol=tolerance, rtol=tolerance)
