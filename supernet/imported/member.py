"""Members of the space around a network: its program with changes, and weights that they inherit.

Equal layers keep their weights. What becomes larger computes the same as before (Chen, Goodfellow and Shlens, "Net2Net:
Accelerating Learning via Knowledge Transfer", ICLR 2016): a wider layer repeats channels, whose readers share the
weight between the copies; a larger window has zeros at its rim; a repeated block is a copy whose last layer gives zero,
so that what it reads passes by. What becomes smaller keeps the channels with the largest weights, the middle of a
window, the blocks that come first, and of a convolution in groups the weights inside the groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from archgraph.errors import CompileError
from archgraph.networks.steps import Cost
from supernet.imported.blocks import BlockPart, constant_calls
from supernet.imported.network import ImportedNetwork, value_shapes
from supernet.imported.places import (
    ACTIVATION,
    COPY,
    DEPTH,
    FUNCTIONS,
    GROUPS,
    INNER,
    KERNEL,
    WIDTH,
    Layout,
    Place,
    Value,
    meta,
    pair,
)
from supernet.imported.program import STATE, NetworkProgram, ProgramCall
from supernet.imported.widths import Width

State = dict[str, Tensor]


@dataclass(frozen=True)
class ImportedMember:
    """A changed network.

    Args:
        program: what it computes.
        state: its weights.
        preserving: whether all changes make it larger, so that it computes what the network did.
    """

    program: NetworkProgram
    state: State
    preserving: bool

    def network(self) -> ImportedNetwork:
        """It as a module, with weights of its own."""
        return ImportedNetwork(self.program, {name: value.clone() for name, value in self.state.items()})


def member(layout: Layout, state: Mapping[str, Tensor], chosen: Mapping[str, Value]) -> ImportedMember:
    """The network with these values at these places; at others it stays as it is.

    Args:
        layout: of the network.
        state: its weights; on `meta`, only shapes are made.
        chosen: name of a place -> value.

    Raises:
        InputError: a value makes no sense at its place.
        CompileError: values do not fit together; the text names the layer.

    Example:
        >>> smaller = member(layout, state, {"layer1.depth": 1, "layer1.inner": 32}).network()
    """
    for name, value in chosen.items():
        if name not in layout.places:
            raise CompileError(f"the network has no place {name[:64]}; it has {', '.join(layout.places)}")
        layout.places[name].check(value)
    editor = _Editor(layout, dict(state))
    order = (KERNEL, ACTIVATION, WIDTH, INNER, GROUPS, DEPTH)
    changed = [(layout.places[name], value) for name, value in chosen.items() if value != layout.places[name].now]
    with torch.no_grad():
        for place, value in sorted(changed, key=lambda change: order.index(change[0].kind)):
            editor.change(place, value)
    program = replace(
        layout.program,
        calls=tuple(editor.calls.values()),
        outputs=editor.outputs,
        trainable=layout.program.trainable | editor.added,
    ).pruned()
    kept = {name: editor.state[name] for name in program.state_names()}
    return ImportedMember(replace(program, trainable=program.trainable & kept.keys()), kept, editor.preserving)


def cost(layout: Layout, state: Mapping[str, Tensor], chosen: Mapping[str, Value]) -> Cost:
    """Parameters of a member, and multiply-adds of its convolutions and linear layers for one image."""
    made = member(layout, meta(state), chosen)
    return _counted(made.program, made.state, layout.shapes)


def program_cost(program: NetworkProgram, state: Mapping[str, Tensor]) -> Cost:
    """The same of any program.

    Raises:
        CompileError: its shapes do not fit together.
    """
    return _counted(program, state, value_shapes(program, state))


def _counted(program: NetworkProgram, state: Mapping[str, Tensor], shapes: Mapping[str, Any]) -> Cost:
    """Of a program whose values have these shapes for two images; copies of calls have those of the first."""
    flops = 0
    for call in program.calls:
        if call.short in ("conv1d", "conv2d", "conv3d", "linear"):
            weight = call.args[1].name.removeprefix(STATE)
            if weight not in state:
                continue
            shape = shapes[call.name.split(COPY)[0]]
            places = shape[2:] if call.short != "linear" else shape[1:-1] if shape[0] == 2 else shape[:-1]
            positions = 1
            for size in places:
                positions *= size
            if call.short == "linear" and shape[0] != 2:
                positions //= 2  # shapes are those of two images
            flops += state[weight].numel() * positions
    params = sum(state[name].numel() for name in program.trainable)
    return Cost(params, flops)


class _Editor:
    def __init__(self, layout: Layout, state: State) -> None:
        self.layout, self.state = layout, state
        self.calls = {call.name: call for call in layout.program.calls}
        self.outputs = layout.program.outputs
        self.added: frozenset[str] = frozenset()
        self.preserving = True

    def change(self, place: Place, value: Value) -> None:
        if place.kind == ACTIVATION:
            self.preserving = False
            for name in place.calls:
                self.calls[name] = replace(
                    self.calls[name], op=FUNCTIONS[str(value)], args=self.calls[name].args[:1], kwargs={}
                )
            return
        assert isinstance(value, int)
        assert isinstance(place.now, int)
        larger = value > place.now
        self.preserving &= larger and place.kind != GROUPS
        if place.kind in (WIDTH, INNER):
            for width in place.widths:
                self._resize(width, value)
        elif place.kind == DEPTH:
            self._deepen(place, value)
        else:
            for name in place.calls:
                (self._window if place.kind == KERNEL else self._group)(name, value)

    def _window(self, name: str, kernel: int) -> None:
        call = self.calls[name]
        weight = call.args[1].name.removeprefix(STATE)
        old = self.state[weight]
        rim = (kernel - old.shape[-1]) // 2
        self.state[weight] = torch.nn.functional.pad(old, [rim] * 4).contiguous()
        args = [*call.args, *(None, [1, 1], [0, 0], [1, 1], 1)[len(call.args) - 2 :]]
        args[4] = [d * (kernel // 2) for d in pair(call, 5, 1)]
        self.calls[name] = replace(call, args=tuple(args))

    def _group(self, name: str, groups: int) -> None:
        call = self.calls[name]
        weight = call.args[1].name.removeprefix(STATE)
        old = self.state[weight]
        outputs, inputs = old.shape[:2]
        if outputs % groups or inputs % groups:
            raise CompileError(f"{weight}: {inputs} channels to {outputs} make no {groups} groups")
        parts = [
            old[
                i * (outputs // groups) : (i + 1) * (outputs // groups),
                i * (inputs // groups) : (i + 1) * (inputs // groups),
            ]
            for i in range(groups)
        ]
        self.state[weight] = torch.cat(parts).contiguous()
        args = [*call.args, *(None, [1, 1], [0, 0], [1, 1], 1)[len(call.args) - 2 :]]
        args[6] = groups
        self.calls[name] = replace(call, args=tuple(args))

    def _resize(self, width: Width, size: int) -> None:
        """Take the channels with the largest weights, or repeat some; and say so wherever the number stands."""
        taken = self._taken(width, size)
        copies = torch.bincount(taken, minlength=width.size).clamp(min=1)
        for name, side, role in width.weights:
            value = self.state[name]
            if value.shape[side] != width.size:
                raise CompileError(f"{name} has {value.shape[side]} channels, not {width.size}")
            index = taken.to(value.device)
            value = value.index_select(side, index)
            if role == "reads" and size > width.size:
                shared = copies[taken].to(value.device, value.dtype)
                value = value / shared.reshape([-1 if i == side else 1 for i in range(value.dim())])
            self.state[name] = value.contiguous()
        for name, side in width.sides:
            if name in self.calls:
                self.calls[name] = _sized(self.calls[name], self.layout, side, width.size, size)

    def _taken(self, width: Width, size: int) -> Tensor:
        """Which channel each of the new ones is."""
        whole = torch.arange(width.size)
        if size >= width.size:
            return torch.cat([whole, torch.arange(size - width.size) % width.size])
        score = torch.zeros(width.size)
        for name, side, _ in width.weights:
            value = self.state[name]
            if value.is_meta:
                return whole[:size]
            if name in self.layout.program.trainable:
                squares = (
                    value.detach().float().cpu().square().sum([i for i in range(value.dim()) if i != side])
                    if value.dim() > 1
                    else value.detach().float().cpu().square()
                )
                score += squares / squares.mean().clamp(min=1e-12)
        return score.topk(size).indices.sort().values

    def _deepen(self, place: Place, depth: int) -> None:
        """Repeat the last block of a stage, or leave out those behind the first so many."""
        [stage] = [stage for stage in self.layout.stages if stage.name == place.stage]
        if depth < len(stage.blocks):
            self._redirect(stage.blocks[-1].exit, stage.blocks[depth].entry)
            return
        last = stage.blocks[-1]
        self.preserving &= bool(place.silent)
        end = last.exit
        for number in range(len(stage.blocks), depth):
            end = self._copy(last, end, f"{COPY}{number}", place.silent)

    def _copy(self, block: BlockPart, entry: str, mark: str, silent: tuple[str, ...]) -> str:
        """A copy of a block behind a value, whose branch gives zero; what read the value reads the copy."""
        calls = [*constant_calls(self.layout.program, block), *block.calls]
        names = {block.entry: entry} | {call.name: call.name + mark for call in calls}
        for name in dict.fromkeys(n for call in calls for n in call.refs() if n.startswith(STATE)):
            plain = name.removeprefix(STATE)
            other = f"repeated{mark[1:]}.{plain}"
            names[name] = STATE + other
            value = self.state[plain]
            self.state[other] = torch.zeros_like(value) if name in silent else value.clone()
            if plain in self.layout.program.trainable:
                self.added |= {other}
        made = [self.calls[call.name].renamed(names, call.name + mark) for call in calls]
        self._redirect(entry, made[-1].name)
        before: dict[str, ProgramCall] = {}
        for name, call in self.calls.items():
            before[name] = call
            if name == entry:
                before |= {one.name: one for one in made}
        self.calls = before
        return made[-1].name

    def _redirect(self, name: str, other: str) -> None:
        """Whoever reads a value reads another."""
        names = {name: other}
        self.calls = {key: call.renamed(names) for key, call in self.calls.items()}
        self.outputs = tuple(names.get(output, output) for output in self.outputs)


def _sized(call: ProgramCall, layout: Layout, side: int, old: int, new: int) -> ProgramCall:
    """A call whose arguments say how long a side of its result is."""
    args, kwargs = list(call.args), dict(call.kwargs or {})
    if call.short in ("view", "reshape", "_unsafe_view", "expand", "repeat"):
        sizes = list(args[1])
        if sizes[side] == old:
            sizes[side] = new
        args[1] = sizes
    elif call.short == "layer_norm":
        sides = len(layout.shapes[call.name])
        at = side - (sides - len(args[1]))
        if at >= 0:
            args[1] = [new if i == at else size for i, size in enumerate(args[1])]
    elif call.short in ("conv1d", "conv2d", "conv3d") and len(args) > 6 and args[6] == old and side == 1 and old > 1:
        args[6] = new
    return replace(call, args=tuple(args), kwargs=kwargs)


__all__ = ["ImportedMember", "cost", "member", "program_cost"]
