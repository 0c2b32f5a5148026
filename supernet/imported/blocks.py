"""The blocks of a program: parts that read one value and give one, and which of them are alike.

A program is cut wherever all that was computed before reaches the rest through one value. What stands between two cuts
is a part, and a block is a part with weights and the norms and functions behind it. Blocks are alike when their calls,
numbers and shapes are the same graph, by canonical hash; blocks alike one after another, which give values like those
that they read, are one stage: they can be repeated or left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from archgraph.canonical import canonical_hashes
from supernet.imported.call_kinds import POINTWISE
from supernet.imported.program import STATE, NetworkProgram, ProgramCall, Ref, mapped
from supernet.imported.widths import Widths

_MOST_ALIKE = 6  # blocks that repeat together, as attention and perceptron do
_OWN = 2  # names in the path of a module whose parts are one block; those above hold many blocks
_NORMS = frozenset(("batch_norm", "layer_norm", "group_norm", "instance_norm"))


@dataclass(frozen=True)
class BlockPart:
    """Calls that read one value of the network and give one.

    Args:
        entry: name of what they read; constants and weights are not counted.
        calls: in the order in which they run; the last gives what others read. Those on constants alone are left out.
    """

    entry: str
    calls: tuple[ProgramCall, ...]

    @property
    def exit(self) -> str:
        """Name of what it gives."""
        return self.calls[-1].name


@dataclass(frozen=True)
class Stage:
    """Blocks that are alike, one after another.

    Args:
        name: the module that they are of.
        blocks: parts of equal form; one where nothing is repeated.
        residual: what a block gives is like what it reads, so it can be left out or repeated.
    """

    name: str
    blocks: tuple[BlockPart, ...]
    residual: bool


def stages_of(program: NetworkProgram, shapes: Mapping[str, Any], widths: Widths) -> list[Stage]:
    """The stages of a network of one input, in the order in which they run."""
    reader = _Blocks(program, shapes, widths)
    runs = reader.runs(reader.blocks(reader.parts()))
    names: set[str] = set()
    weights = [{name for block in blocks for name in reader.state(block)} for blocks in runs]
    found = []
    for number, blocks in enumerate(runs):
        name = base = _module_name(reader, blocks)
        others = set().union(*weights[:number], *weights[number + 1 :]) if len(blocks) > 1 else set()
        if any(other.startswith(f"{name}.") for other in others):
            name = base = _module_name(reader, blocks[:1])
        number = 2
        while name in names:
            name, number = f"{base}_{number}", number + 1
        names.add(name)
        found.append(Stage(name, tuple(blocks), reader.is_residual(blocks[0].entry, blocks[-1].exit)))
    return found


class _Blocks:
    def __init__(self, program: NetworkProgram, shapes: Mapping[str, Any], widths: Widths) -> None:
        self.program, self.shapes, self.widths = program, shapes, widths
        self.data = data_calls(program, shapes)
        self.by_name = {call.name: call for call in program.calls}

    def parts(self) -> list[BlockPart]:
        """What stands between two cuts."""
        calls = [call for call in self.program.calls if call.name in self.data]
        number = dict.fromkeys(self.program.inputs, -1) | {call.name: i for i, call in enumerate(calls)}
        last = dict.fromkeys(number, -1)
        for i, call in enumerate(calls):
            last |= {name: i for name in call.refs() if name in number}
        last |= {name: len(calls) for name in self.program.outputs if name in number}
        found: list[BlockPart] = []
        entry, start, reach = next(iter(self.program.inputs)), 0, max(last[name] for name in self.program.inputs)
        for i, call in enumerate(calls):
            if reach <= i and isinstance(self.shapes[call.name], tuple):
                found.append(BlockPart(entry, tuple(calls[start : i + 1])))
                entry, start = call.name, i + 1
            reach = max(reach, last[call.name])
        if start < len(calls):
            found.append(BlockPart(entry, tuple(calls[start:])))
        return found

    def blocks(self, parts: Sequence[BlockPart]) -> list[BlockPart]:
        """Parts with what belongs to them."""
        found: list[BlockPart] = []
        for part in parts:
            before = found[-1] if found else None
            if before is not None and self._follows(before, part):
                found[-1] = BlockPart(before.entry, (*before.calls, *part.calls))
            else:
                found.append(part)
        return found

    def _follows(self, before: BlockPart, part: BlockPart) -> bool:
        if self.state(part) and self.state(before) and not (self.adds(part) or self.adds(before)):
            paths = [_path(self.state(one)) for one in (before, part)]
            if len(_common(paths)) >= _OWN:
                return True
        if self.shapes[part.entry] != self.shapes[part.exit]:
            return False
        if not self.state(part):
            return all(call.short in POINTWISE for call in part.calls)
        norm = len(part.calls) == 1 and part.calls[0].short in _NORMS
        return norm and not self.is_residual(before.entry, before.exit)

    def adds(self, part: BlockPart) -> bool:
        """Whether something is added to what a part reads, so that nothing else is needed to repeat or skip it."""
        ends = {part.entry}
        return any(call.short == "add" and ends.intersection(call.refs()) for call in part.calls)

    def state(self, part: BlockPart) -> list[str]:
        """Names of the weights of a part."""
        names = [name for call in [*constant_calls(self.program, part), *part.calls] for name in call.refs()]
        return list(dict.fromkeys(name.removeprefix(STATE) for name in names if name.startswith(STATE)))

    def is_residual(self, entry: str, exit: str) -> bool:
        """Whether two values have the same sides, each of them one width."""
        sides = self.shapes[entry]
        if sides != self.shapes[exit] or entry in self.program.inputs:
            return False
        return all(n == 1 or self.widths.of(entry, i) is self.widths.of(exit, i) for i, n in enumerate(sides))

    def runs(self, blocks: Sequence[BlockPart]) -> list[list[BlockPart]]:
        """Blocks that are alike one after another; where several repeat together each is made of all of them."""
        hashes = canonical_hashes([self._graph(block) for block in blocks])
        found: list[list[BlockPart]] = []
        start = 0
        while start < len(blocks):
            best, count = 1, 1
            for length in range(1, _MOST_ALIKE + 1):
                times = 1
                pattern = hashes[start : start + length]
                while hashes[start + times * length : start + (times + 1) * length] == pattern:
                    times += 1
                if times > 1 and times * length > best * count:
                    best, count = length, times
            run = [_joined(blocks[start + i * best : start + (i + 1) * best]) for i in range(count)]
            alike = count > 1 and all(self.is_residual(block.entry, block.exit) for block in run)
            if count > 1 and not alike:
                run, best, count = [blocks[start]], 1, 1
            found.append(run)
            start += best * count
        return found

    def _graph(self, block: BlockPart) -> tuple[list[str], list[tuple[int, int]]]:
        """A block as a graph whose labels say all that its calls depend on."""
        ops, edges, number = ["input"], [], {block.entry: 0}
        for call in [*constant_calls(self.program, block), *block.calls]:
            sources = []
            for name in call.refs():
                if name not in number and name.startswith(STATE):
                    number[name] = len(ops)
                    ops.append(f"weight {self.shapes[name]} {name.removeprefix(STATE) in self.program.trainable}")
                if name in number:
                    sources.append(number[name])
            plain = mapped(lambda v: "_" if isinstance(v, Ref) else v, [*call.args, *(call.kwargs or {}).items()])
            number[call.name] = len(ops)
            ops.append(f"{call.op} {plain} {self.shapes[call.name]}")
            edges += [(source, len(ops) - 1) for source in dict.fromkeys(sources)]
        return ops, edges


def data_calls(program: NetworkProgram, shapes: Mapping[str, Any]) -> set[str]:
    """Names of the calls whose tensors depend on the network's input."""
    known = set(program.inputs)
    for call in program.calls:
        if shapes[call.name] is not None and known.intersection(call.refs()):
            known.add(call.name)
    return known - program.inputs.keys()


def constant_calls(program: NetworkProgram, part: BlockPart) -> list[ProgramCall]:
    """The calls on constants alone that a part takes the results of, in order."""
    inside = {call.name for call in part.calls} | {part.entry}
    by_name = {call.name: call for call in program.calls}
    waiting = [name for call in part.calls for name in call.refs() if name not in inside]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in found and by_name[name].short != "sym_size":
            found.add(name)
            waiting += by_name[name].refs()
    return [call for call in program.calls if call.name in found]


def _joined(parts: Sequence[BlockPart]) -> BlockPart:
    assert all(before.exit == after.entry for before, after in pairwise(parts))
    return BlockPart(parts[0].entry, tuple(call for part in parts for call in part.calls))


def _module_name(reader: _Blocks, blocks: Sequence[BlockPart]) -> str:
    """The innermost module that holds all weights, else the first of them; else the first call."""
    names = [name for block in blocks for name in reader.state(block)]
    if not names:
        return blocks[0].calls[0].short[:24]
    name = ".".join(_path(names) or names[0].split(".")[:-1]) or names[0]
    return re.sub(r"[^\w.]", "_", name)[-24:].strip(".") or "block"


def _path(names: Sequence[str]) -> list[str]:
    """The path of the innermost module that holds all weights of these names."""
    return _common([name.split(".")[:-1] for name in names])


def _common(paths: Sequence[Sequence[str]]) -> list[str]:
    found = []
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1:
            break
        found.append(parts[0])
    return found


def silencing(program: NetworkProgram, block: BlockPart) -> list[str]:
    """Names of weights that, all zero, make a block give what it reads; none where there are no such.

    That is so where all that it does is added to what it reads; a ReLU behind the sum changes nothing where one stands
    before the block too.
    """
    inside = {call.name: call for call in block.calls}
    order = {name: number for number, name in enumerate(inside)}
    end, found = block.exit, []
    while end != block.entry:
        call = inside.get(end)
        if call is not None and call.short in ("relu", "dropout"):
            end = call.args[0].name
            continue
        if call is None or call.short != "add" or call.kwargs or len(call.refs()) != 2:
            return []
        end, late = sorted(call.refs(), key=lambda name: order.get(name, -1))
        weights = _last_weights(program, late, inside)
        if not weights:
            return []
        found += weights
    return found


def _last_weights(program: NetworkProgram, end: str, inside: Mapping[str, ProgramCall]) -> list[str]:
    """The weights of the last layer before a value, which gives zero where they are zero."""
    constants = {call.name: call for call in program.calls if call.name not in inside}
    while end in inside:
        call = inside[end]
        if call.short in ("dropout", "permute", "transpose", "contiguous", "view", "reshape", "clone"):
            end = call.args[0].name
            continue
        first = {"batch_norm": 1, "layer_norm": 2, "conv2d": 1, "linear": 1}.get(call.short)
        if first is not None:
            return [arg.name for arg in call.args[first : first + 2] if isinstance(arg, Ref)]
        if call.short != "mul":
            return []
        for name in call.refs():  # a scale of each channel
            while name in constants and len(constants[name].refs()) == 1:
                [name] = constants[name].refs()
            if name.startswith(STATE):
                return [name]
        return []
    return []
