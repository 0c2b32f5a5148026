"""Layers that operations bring themselves: a `torch.nn.Module` of one's own, its rule of shapes and its cost.

    class TokenMixer(nn.Module):
        def __init__(self, shape, heads=1): ...        # shape: (channels, height, width) of what comes in
        def forward(self, x): ...                      # [batch, *shape] -> [batch, *output_shape]

        @staticmethod
        def output_shape(shape, heads=1): ...          # may be left out: as it comes in
        @staticmethod
        def cost(shape, heads=1): ...                  # (parameters, multiply-adds); may be left out: counted

A description names it (`{name: mixer, kind: mixing, numbers: {heads: 4}, module: mypackage.nets:TokenMixer}`), or an
installed distribution announces it under the operation's name in the entry point group `archgraph.operations`. The
operation's `numbers` are given to all three by name. What is not said is counted on the module itself, on shapes alone:
multiply-adds are those of torch's products of matrices, convolutions and attention.

`archgraph.testing.LayerContract` checks one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archgraph._code import check_code, load_code
from archgraph._plugins import plugin
from archgraph.errors import CompileError, InputError
from archgraph.operation import KINDS, Operation
from archgraph.ops import OPS

if TYPE_CHECKING:
    from torch import nn

GROUP = "operations"
"""Of entry points, behind `archgraph.`."""
_Shape = tuple[int, int, int]


@dataclass(frozen=True)
class OwnLayer:
    """The layer of an operation that brings a module.

    Args:
        name: of the operation.
        factory: is called with the shape that comes in and the operation's numbers.
        numbers: of the operation, by name.
    """

    name: str
    factory: Any
    numbers: tuple[tuple[str, float], ...] = ()

    def module(self, shape: _Shape) -> nn.Module:
        """It for values [batch, *shape], with weights that torch's global generator draws.

        Raises:
            CompileError: it cannot be made for that shape.
        """
        from torch import nn

        made = self._called("cannot be made for", self.factory, shape)
        if not isinstance(made, nn.Module):
            raise CompileError(f"the module of {self.name} is no torch.nn.Module, but {type(made).__name__}")
        return made

    def output_shape(self, shape: _Shape) -> _Shape:
        """Shape of what comes out when `shape` comes in.

        Raises:
            CompileError: it cannot be made for that shape, or its rule gives none.
        """
        if not hasattr(self.factory, "output_shape"):
            return shape
        found = self._called("has no output for", self.factory.output_shape, shape)
        if not isinstance(found, tuple | list) or len(found) != 3 or not all(type(n) is int and n > 0 for n in found):
            raise CompileError(f"the module of {self.name}: output_shape gives {str(found)[:64]}, not three sides")
        return (found[0], found[1], found[2])

    def cost(self, shape: _Shape) -> tuple[int, int]:
        """Trainable parameters, and multiply-adds for one image, when `shape` comes in.

        Raises:
            CompileError: it cannot be made for that shape, or says no two numbers.
        """
        if not hasattr(self.factory, "cost"):
            return _counted(self, shape)
        found = self._called("has no cost for", self.factory.cost, shape)
        if not isinstance(found, tuple | list) or len(found) != 2 or not all(type(n) is int and n >= 0 for n in found):
            raise CompileError(f"the module of {self.name}: cost gives {str(found)[:64]}, not two whole numbers")
        return (found[0], found[1])

    def counted(self, shape: _Shape) -> tuple[int, int]:
        """What `cost` is where the module says nothing: counted on the module, on shapes alone.

        Raises:
            CompileError: the module cannot be made for that shape, or does not run without numbers.
        """
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        with torch.device("meta"), torch.no_grad():
            module = self.module(shape).to("meta").eval()
            counter = FlopCounterMode(display=False)
            try:
                with counter:
                    module(torch.empty(1, *shape))
            except Exception as error:  # whatever a stranger's module does
                raise self._failed("does not run on", shape, error) from error
        return sum(p.numel() for p in module.parameters() if p.requires_grad), counter.get_total_flops() // 2

    def _called(self, what: str, function: Any, shape: _Shape) -> Any:
        try:
            return function(tuple(shape), **dict(self.numbers))
        except Exception as error:  # whatever a stranger's code does
            raise self._failed(what, shape, error) from error

    def _failed(self, what: str, shape: _Shape, error: Exception) -> CompileError:
        reason = (str(error).splitlines() or [""])[0][:200]
        sides = "x".join(map(str, shape))
        return CompileError(f"the module of {self.name} {what} {sides} ({type(error).__name__}: {reason})")


def own_layer(operation: Operation) -> OwnLayer | None:
    """The layer that an operation brings; None where it brings none.

    Args:
        operation: one that names a module, or whose name an entry point announces. Operations of known kinds are what
            they are called: no distribution changes them.

    Raises:
        InputError: its code is not allowed (nothing was imported), or cannot be loaded.
    """
    if operation.module:
        check_code(f"operation {operation.name}", operation.module)
        return _loaded(operation.name, operation.module, tuple(operation.numbers.items()))
    if operation.kind in KINDS and operation.kind != "other":
        return None
    factory = plugin(GROUP, operation.name)
    numbers = tuple(operation.numbers.items())
    return None if factory is None else OwnLayer(operation.name, _checked(operation.name, factory), numbers)


@lru_cache(maxsize=1 << 12)
def _loaded(name: str, reference: str, numbers: tuple[tuple[str, float], ...]) -> OwnLayer:
    return OwnLayer(name, _checked(name, load_code(f"operation {name}", reference)), numbers)


def _checked(name: str, factory: Any) -> Any:
    if not callable(factory):
        raise InputError(f"operation {name}: its module is called to make it, but it is a {type(factory).__name__}")
    return factory


@lru_cache(maxsize=1 << 12)
def _counted(layer: OwnLayer, shape: _Shape) -> tuple[int, int]:
    return layer.counted(shape)


def check_modules(names: Iterable[str]) -> None:
    """Check before any work that the modules of these operations can be loaded.

    Raises:
        InputError: one is not allowed, or cannot be loaded.
    """
    for name in names:
        own_layer(OPS[name])
