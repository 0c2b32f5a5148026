"""Which sides of a program's tensors are one width: those that can only change together.

Each side of each value and weight belongs to a class; a call joins the classes of sides that it takes to be equal, as
the channels that a convolution reads and those that were written (the dependency graph of Fang et al., "DepGraph:
Towards Any Structural Pruning", CVPR 2023). A class is a width that can change where all who read it agree: no call
that is not known here, splits it or joins it with others, and it is no side of an input or output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

from supernet.imported.call_kinds import ALONG, LOOKS, NUMBERED, POINTWISE, REDUCTIONS, WINDOWS
from supernet.imported.program import STATE, NetworkProgram, ProgramCall, Ref

Side = tuple[str, int]
"""(name of a value, number of the side)."""
Role = Literal["makes", "reads", "scales"]
"""What a weight does with a width: its outputs have it, its inputs have it, or it has a number for each of it."""


@dataclass
class Width:
    """One class of sides.

    Attributes:
        size: how long they are.
        frozen: it cannot change.
        mixes: numbers along it are normalised together, so twice a channel is not that channel twice.
        sides: all of its sides.
        weights: (name of a weight, side, what the weight does with it).
    """

    size: int
    frozen: bool = False
    mixes: bool = False
    sides: set[Side] = field(default_factory=set)
    weights: list[tuple[str, int, Role]] = field(default_factory=list)

    @property
    def changeable(self) -> bool:
        """Whether all who read it agree, and some make and some read it."""
        roles = {role for _, _, role in self.weights}
        return not self.frozen and {"makes", "reads"} <= roles


class Widths:
    """The widths of a program.

    Args:
        program: the network.
        shapes: sides of its values, see `value_shapes`.
    """

    def __init__(self, program: NetworkProgram, shapes: Mapping[str, Any]) -> None:
        self.shapes = shapes
        self._parent: dict[Side, Side] = {}
        self._frozen: set[Side] = set()
        self._mixes: set[Side] = set()
        self._roles: dict[tuple[str, int], Role] = {}
        for name in (*program.inputs, *program.outputs):
            self._freeze(name)
        for call in program.calls:
            self._read(call)
        self.widths = self._collected(program)

    def of(self, name: str, side: int) -> Width:
        """The width of a side."""
        return self.widths[self._root((name, side))]

    def _collected(self, program: NetworkProgram) -> dict[Side, Width]:
        found: dict[Side, Width] = {}
        for name, shape in self.shapes.items():
            for number, size in enumerate(shape if isinstance(shape, tuple) else ()):
                root = self._root((name, number))
                width = found.setdefault(root, Width(size))
                width.sides.add((name, number))
                width.frozen |= (name, number) in self._frozen
                width.mixes |= (name, number) in self._mixes
                if name.startswith(STATE):
                    role = self._roles.get((name, number))
                    if role is None:
                        role = "scales"
                    width.weights.append((name.removeprefix(STATE), number, role))
        for width in found.values():
            if any(
                self.shapes[name][number] != width.size
                for name, number in width.sides
                if isinstance(self.shapes[name], tuple)
            ):
                width.frozen = True
        for side in self._frozen | self._mixes:
            if self._root(side) in found:
                found[self._root(side)].frozen |= side in self._frozen
                found[self._root(side)].mixes |= side in self._mixes
        return found

    def _root(self, side: Side) -> Side:
        while (above := self._parent.get(side, side)) != side:
            self._parent[side] = self._parent.get(above, above)
            side = above
        return side

    def _join(self, *sides: Side) -> None:
        first = self._root(sides[0])
        for side in sides[1:]:
            self._parent[self._root(side)] = first

    def _shape(self, name: str) -> tuple[int, ...]:
        shape = self.shapes.get(name)
        return shape if isinstance(shape, tuple) else ()

    def _freeze(self, name: str, *sides: int) -> None:
        shape = self.shapes.get(name)
        if isinstance(shape, list):
            for number in range(len(shape)):
                self._freeze(f"{name}#{number}", *sides)
        taken = sides or range(len(self._element(name)))
        self._frozen.update((name, side) for side in taken)

    def _element(self, name: str) -> tuple[int, ...]:
        """Sides of a value, or of `NAME#I`, one of several that a call gives."""
        base, hashed, number = name.partition("#")
        if not hashed:
            return self._shape(name)
        shapes = self.shapes.get(base)
        return (shapes[int(number)] or ()) if isinstance(shapes, list) and int(number) < len(shapes) else ()

    def _role(self, weight: str | None, side: int, role: Role) -> None:
        """What a weight does with a side; a weight that is no parameter itself, as a standardised one, is frozen."""
        if weight is None:
            return
        if weight.startswith(STATE) and self._roles.get((weight, side), role) == role:
            self._roles[weight, side] = role
        else:
            self._freeze(weight)

    def _read(self, call: ProgramCall) -> None:
        name, out = call.short, call.name
        args = list(call.args)
        first = args[0].name if args and isinstance(args[0], Ref) else ""
        if any(_is_computed(args[at]) for at in NUMBERED.get(name, ()) if at < len(args)):
            self._unknown(call)
        elif name == "getitem" and isinstance(args[1], int) and isinstance(self.shapes.get(first), list):
            for side in range(len(self._shape(out))):
                self._join((out, side), (f"{first}#{args[1]}", side))
        elif name in ("conv1d", "conv2d", "conv3d"):
            self._convolution(call)
        elif name == "linear":
            self._linear(call)
        elif name == "batch_norm":
            self._like(out, first)
            for ref in args[1:5]:
                if isinstance(ref, Ref):
                    self._join((ref.name, 0), (out, 1))
        elif name == "layer_norm":
            self._like(out, first)
            sides = len(self._shape(out))
            for ref in (arg for arg in args[2:4] if isinstance(arg, Ref)):
                for side in range(len(self._shape(ref.name))):
                    self._join((ref.name, side), (out, sides - len(self._shape(ref.name)) + side))
            self._mixes.update((out, sides - 1 - number) for number in range(len(args[1])))
        elif name in POINTWISE:
            self._pointwise(call)
        elif name.startswith(WINDOWS) and not isinstance(self.shapes.get(out), list):
            self._join((out, 0), (first, 0))
            self._join((out, 1), (first, 1))
            if len(self._shape(out)) != len(self._shape(first)):
                self._freeze(out)
        elif name == "select":
            shape, axis = self._shape(first), args[1] % len(self._shape(first))
            kept = [side for side in range(len(shape)) if side != axis]
            for side, before in enumerate(kept):
                self._join((out, side), (first, before))
            self._freeze(first, axis)
        elif name in ("permute", "transpose", "t"):
            self._permuted(call, first)
        elif name in LOOKS:
            self._looked(out, first)
        elif name == "expand":
            self._pointwise(call)
        elif name in REDUCTIONS and len(args) > REDUCTIONS[name] and args[REDUCTIONS[name]] is not None:
            self._reduced(call, first)
        elif name in ALONG:
            self._along(call)
        elif name in ("matmul", "bmm", "scaled_dot_product_attention"):
            self._product(call)
        elif name == "sym_size":
            pass
        else:
            self._unknown(call)

    def _unknown(self, call: ProgramCall) -> None:
        for other in (call.name, *call.refs()):
            self._freeze(other)

    def _like(self, out: str, source: str) -> None:
        for side in range(len(self._shape(out))):
            self._join((out, side), (source, side))

    def _convolution(self, call: ProgramCall) -> None:
        x, weight, bias = (a.name if isinstance(a, Ref) else None for a in (*call.args, None)[:3])
        groups = call.args[6] if len(call.args) > 6 else 1
        assert x is not None
        assert weight is not None
        shape = self._shape(weight)
        self._join((call.name, 0), (x, 0))
        self._join((weight, 0), (call.name, 1))
        if bias is not None:
            self._join((bias, 0), (call.name, 1))
        if groups == 1:
            self._join((weight, 1), (x, 1))
            self._role(weight, 1, "reads")
            self._role(weight, 0, "makes")
        elif groups == shape[0] == self._shape(x)[1]:
            self._join((x, 1), (call.name, 1))
            self._role(weight, 0, "scales")
        else:
            self._freeze(x, 1)
            self._freeze(call.name, 1)
            self._freeze(weight)
        if not weight.startswith(STATE):
            self._freeze(weight)

    def _linear(self, call: ProgramCall) -> None:
        x, weight, bias = (a.name if isinstance(a, Ref) else None for a in (*call.args, None)[:3])
        assert x is not None
        assert weight is not None
        last = len(self._shape(call.name)) - 1
        for side in range(last):
            self._join((call.name, side), (x, side))
        self._join((weight, 0), (call.name, last))
        self._join((weight, 1), (x, last))
        self._role(weight, 0, "makes")
        self._role(weight, 1, "reads")
        if bias is not None:
            self._join((bias, 0), (call.name, last))

    def _pointwise(self, call: ProgramCall) -> None:
        shape = self._shape(call.name)
        for source in call.refs():
            given = self._shape(source)
            for back in range(1, len(given) + 1):
                if back <= len(shape) and given[-back] == shape[-back]:
                    self._join((call.name, len(shape) - back), (source, len(given) - back))

    def _permuted(self, call: ProgramCall, source: str) -> None:
        sides = len(self._shape(call.name))
        if call.short == "permute":
            order = [side % sides for side in call.args[1]]
        else:
            order = list(range(sides))
            a, b = (call.args[1] % sides, call.args[2] % sides) if call.short == "transpose" else (0, sides - 1)
            order[a], order[b] = b, a
        for side, before in enumerate(order):
            self._join((call.name, side), (source, before))

    def _looked(self, out: str, source: str) -> None:
        """Sides that stay as they are; those that are merged or split are frozen."""
        before, after = self._shape(source), self._shape(out)
        for taken, given in _aligned(before, after):
            if len(taken) == len(given) == 1:
                self._join((source, taken[0]), (out, given[0]))
            else:
                if taken:
                    self._freeze(source, *taken)
                if given:
                    self._freeze(out, *given)

    def _reduced(self, call: ProgramCall, source: str) -> None:
        shape, axes = self._shape(source), call.args[REDUCTIONS[call.short]]
        named = [axes] if isinstance(axes, int) else axes or range(len(shape))  # no sides are all of them
        gone = {axis % len(shape) for axis in named}
        kept = [side for side in range(len(shape)) if side not in gone]
        out = list(range(len(self._shape(call.name))))
        places = kept if len(out) == len(shape) else range(len(kept))
        for side, place in zip(kept, places, strict=False):
            self._join((source, side), (call.name, place))
        if gone:
            self._freeze(source, *gone)

    def _along(self, call: ProgramCall) -> None:
        """All sides but the one along which something happens stay as they are."""
        at = ALONG[call.short]
        axis = call.args[at] if len(call.args) > at else (call.kwargs or {}).get("dim", 0)
        results = self.shapes.get(call.name)
        outs = [f"{call.name}#{i}" for i in range(len(results))] if isinstance(results, list) else [call.name]
        for source in call.refs():
            sides = len(self._shape(source))
            for out in outs:
                for side in range(sides):
                    if side == axis % sides:
                        self._freeze(source, side)
                        self._freeze(out, side)
                    else:
                        self._join((source, side), (out, side))

    def _product(self, call: ProgramCall) -> None:
        """Heads, rows and columns of products of two values stay as they are."""
        for name in (call.name, *call.refs()):
            self._freeze(name)


def _is_computed(value: Any) -> bool:
    """Whether a number, or one of several, is what another call gives."""
    return isinstance(value, Ref) or (isinstance(value, list) and any(isinstance(item, Ref) for item in value))


def _aligned(before: Sequence[int], after: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Runs of sides of two shapes that hold the same numbers, those of length 1 left out."""
    one = [side for side, size in enumerate(before) if size != 1]
    two = [side for side, size in enumerate(after) if size != 1]
    runs: list[tuple[list[int], list[int]]] = []
    while one or two:
        taken, given = one[:1], two[:1]
        one, two = one[1:], two[1:]
        while prod(before[s] for s in taken) != prod(after[s] for s in given):
            if prod(before[s] for s in taken) < prod(after[s] for s in given) and one:
                taken.append(one.pop(0))
            elif two:
                given.append(two.pop(0))
            else:
                taken, one = taken + one, []
                break
        runs.append((taken, given))
    return runs
