"""The places of a network that can change, and what is proposed for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from archgraph.errors import InputError
from supernet.imported.blocks import Stage, silencing, stages_of
from supernet.imported.network import value_shapes
from supernet.imported.program import NetworkProgram, ProgramCall
from supernet.imported.widths import Width, Widths

DEPTH, WIDTH, INNER, KERNEL, GROUPS, ACTIVATION = KINDS = ("depth", "width", "inner", "kernel", "groups", "activation")
"""Kinds of places: alike blocks one after another, channels behind and inside blocks, of convolutions, the function."""
FUNCTIONS = {
    "relu": "aten.relu.default",
    "hardswish": "aten.hardswish.default",
    "gelu": "aten.gelu.default",
    "silu": "aten.silu.default",
}
"""Activations that can stand in for one another."""
COPY = "@"
"""Behind the name of a call in that of a copy of it."""
Value = int | str
_LEAST = 8  # channels of a width that can change
_SHARE = 2  # a width inside a block counts where it is at least so large a part of the largest there


@dataclass(frozen=True)
class Place:
    """One place that can change.

    Args:
        stage: name of its stage.
        kind: one of `KINDS`.
        now: what the network has there.
        widths: those that change together.
        calls: names of the calls that change together.
        silent: of a depth, the weights of its last block that, all zero, make it give what it reads; none where there
            are no such.
    """

    stage: str
    kind: str
    now: Value
    widths: tuple[Width, ...] = ()
    calls: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What files call it."""
        return f"{self.stage}.{self.kind}"

    def proposed(self) -> list[Value]:
        """Values to choose from; what the network has stands first."""
        now = self.now
        if self.kind == ACTIVATION:
            return [now, "hardswish" if now == "relu" else "relu"]
        assert isinstance(now, int)
        if self.kind == DEPTH:
            others = [now - 1, *([now + 1] if self.silent else [])]
        elif self.kind == KERNEL:
            others = [k for k in (now - 2, now + 2) if 3 <= k <= 9]
        elif self.kind == GROUPS:
            others = [2, 4]
        else:
            step = 8 if now % 8 == 0 else 1
            mixed = any(width.mixes for width in self.widths)
            others = [int(now * share / step) * step for share in (0.5, 0.75, *(() if mixed else (1.25,)))]
            others = [value for value in others if value >= min(_LEAST, now)]
        return list(dict.fromkeys([now, *others]))

    def check(self, value: Any) -> None:
        """Check a value for this place.

        Raises:
            InputError: it makes no sense there; the text says what does.
        """
        if self.kind == ACTIVATION:
            fits, wanted = value in FUNCTIONS, " or ".join(FUNCTIONS)
        else:
            least = {DEPTH: 0 if self.now == 1 else 1}.get(self.kind, 1)
            most = {DEPTH: 64, KERNEL: 31}.get(self.kind, 1 << 16)
            fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
            wanted = f"a whole number from {least} to {most}"
            if self.kind == KERNEL:
                fits, wanted = fits and value % 2 == 1, "an odd number up to 31"
            if self.kind in (WIDTH, INNER) and any(width.mixes for width in self.widths):
                fits, wanted = fits and value <= self.now, f"a number up to {self.now}, since a layer norm reads it"
        if not fits:
            raise InputError(f"{self.name} is {wanted}, but got {str(value)[:32]!r}")


class Layout:
    """A network with its stages and the places where it can change.

    Args:
        program: the network; of one input.
        state: its weights, of which only shapes are looked at.

    Raises:
        InputError: it has several inputs.
        CompileError: it cannot be run.
    """

    def __init__(self, program: NetworkProgram, state: Mapping[str, Tensor]) -> None:
        if len(program.inputs) != 1:
            raise InputError(f"a space is made around a network of one input, but this one has {len(program.inputs)}")
        if not program.any_batch:
            raise InputError("the network takes batches of one size alone, so it cannot be trained")
        if odd := [call.name for call in program.calls if COPY in call.name]:
            raise InputError(f"a space is made around no member of another, but {odd[0][:64]} is a copy")
        self.program = program
        self.shapes = value_shapes(program, state)
        self.widths = Widths(program, self.shapes)
        self.stages = stages_of(program, self.shapes, self.widths)
        self.calls = {call.name: call for call in program.calls}
        self.places = {place.name: place for stage in self.stages for place in self._places(stage)}

    def _places(self, stage: Stage) -> list[Place]:
        calls = [call for block in stage.blocks for call in block.calls]
        found = []
        if stage.residual and any(call.short in ("conv1d", "conv2d", "linear") for call in calls):
            found.append(
                Place(stage.name, DEPTH, len(stage.blocks), silent=tuple(silencing(self.program, stage.blocks[-1])))
            )
        found += self._widths(stage, calls)
        found += self._convolutions(stage, calls)
        functions = {call.short for call in calls} & FUNCTIONS.keys()
        if len(functions) == 1 and len(stage.blocks[0].calls) > 1:
            [function] = functions
            names = tuple(call.name for call in calls if call.short == function)
            found.append(Place(stage.name, ACTIVATION, function, calls=names))
        return found

    def _widths(self, stage: Stage, calls: Sequence[ProgramCall]) -> list[Place]:
        """Widths that the stage makes first: those of its own alone, and those that others read too."""
        inside = [{call.name for call in block.calls} - {block.exit} for block in stage.blocks]
        own, common = [], []
        for width in {id(w): w for call in calls for w in self._made(call)}.values():
            if not width.changeable or width.size < _LEAST:
                continue
            values = {name for name, _ in width.sides if name in self.calls}
            if any(values <= names for names in inside):
                own.append(width)
            elif self._maker(width) is stage:
                common.append(width)
        found = []
        if common:
            largest = max(width.size for width in common)
            alike = tuple(width for width in common if width.size == largest)
            found.append(Place(stage.name, WIDTH, largest, widths=alike))
        if own:
            largest = max(width.size for width in own)
            alike = tuple(width for width in own if width.size == largest)
            found.append(Place(stage.name, INNER, largest, widths=alike))
        return found

    def _made(self, call: ProgramCall) -> list[Width]:
        side = {"conv2d": 1, "conv1d": 1, "linear": -1}.get(call.short)
        shape = self.shapes[call.name]
        return [] if side is None else [self.widths.of(call.name, side % len(shape))]

    def _maker(self, width: Width) -> Stage | None:
        """The stage that makes a width first."""
        for stage in self.stages:
            for block in stage.blocks:
                if any(width is made for call in block.calls for made in self._made(call)):
                    return stage
        return None

    def _convolutions(self, stage: Stage, calls: Sequence[ProgramCall]) -> list[Place]:
        found = []
        kernels = {call.name: self._kernel(call) for call in calls}
        windows = [kernel for kernel in kernels.values() if kernel]
        if windows:
            most = max(windows, key=windows.count)
            names = tuple(name for name, kernel in kernels.items() if kernel == most)
            found.append(Place(stage.name, KERNEL, most, calls=names))
        dense = tuple(name for name, kernel in kernels.items() if kernel and self._is_dense(self.calls[name]))
        if dense:
            found.append(Place(stage.name, GROUPS, 1, calls=dense))
        return found

    def _kernel(self, call: ProgramCall) -> int | None:
        """The window of a convolution that keeps its place: square, odd, larger than 1, padded by half."""
        if call.short != "conv2d" or not call.args[1].name.startswith("$"):
            return None
        height, width = self.shapes[call.args[1].name][2:]
        padding, dilation = (pair(call, at, default) for at, default in ((4, 0), (5, 1)))
        odd = height == width and height % 2 == 1 and height > 1
        return height if odd and padding == [d * (height // 2) for d in dilation] else None

    def _is_dense(self, call: ProgramCall) -> bool:
        outputs, inputs = self.shapes[call.args[1].name][:2]
        return (len(call.args) < 7 or call.args[6] == 1) and min(outputs, inputs) >= 16 and not (outputs | inputs) % 8


def pair(call: ProgramCall, at: int, default: int) -> list[int]:
    """An argument of a convolution for both sides."""
    value = call.args[at] if len(call.args) > at else default
    values = value if isinstance(value, list) else [value]
    return values * 2 if len(values) == 1 else values


def meta(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights with shapes alone."""
    return {name: torch.empty_like(value, device="meta") for name, value in state.items()}
