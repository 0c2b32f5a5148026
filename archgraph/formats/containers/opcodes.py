"""A walk over a pickle that executes nothing: where it ends, whether its counts can be true, and what it would take.

An unpickler reserves what a pickle announces: a memo index of 2^31 is a table of 32 GB. So before anything is
unpickled every opcode is visited, and whatever announces more than the data hold, or makes objects beyond a bound, is
refused; an opcode of one byte may make an object of 216.
"""

from __future__ import annotations

import pickletools
import struct
from typing import Any, NamedTuple

from archgraph.errors import InputError

_COUNT_BYTES = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
_LINE, _REFUSED = -1, -2
_SLACK = 256  # memo indices may run ahead of the entries made so far by this much


def _step(opcode: pickletools.OpcodeInfo) -> int:
    """Bytes that follow the opcode; 256 + w where a count of w bytes leads them; `_LINE`, `_REFUSED`."""
    if opcode.name in ("EXT1", "EXT2", "EXT4", "NEXT_BUFFER", "READONLY_BUFFER"):
        return _REFUSED
    if opcode.arg is None:
        return 0
    if opcode.arg.n >= 0:
        return opcode.arg.n
    if opcode.arg.n == pickletools.UP_TO_NEWLINE:
        return _LINE
    return 256 + _COUNT_BYTES[opcode.arg.n]


_NAMES = {ord(opcode.code): opcode.name for opcode in pickletools.opcodes}
_STEPS = [_REFUSED] * 256
for _opcode in pickletools.opcodes:
    _STEPS[ord(_opcode.code)] = _step(_opcode)
_COUNTS = {1: struct.Struct("<B"), 4: struct.Struct("<I"), 8: struct.Struct("<Q")}
_TWO_LINES = frozenset(code for code, name in _NAMES.items() if name in ("GLOBAL", "INST"))
_PUTS = {code: name for code, name in _NAMES.items() if name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE")}
_STOP = ord(".")
_TUPLES = frozenset(code for code, name in _NAMES.items() if name.startswith("TUPLE") or name == "REDUCE")
_GETS = {code: name for code, name in _NAMES.items() if name in ("GET", "BINGET", "LONG_BINGET")}
_SETS = frozenset(code for code, name in _NAMES.items() if name in ("EMPTY_SET", "FROZENSET"))
_SET, _OBJECT = 224, 32  # bytes that an opcode takes at most in memory, beside its argument; of small objects a mean


def object_limit(size: int) -> int:
    """Bytes that the objects of a pickle in a file of `size` bytes may take: 256 MiB and 64 times that."""
    return (1 << 28) + 64 * size


class Walked(NamedTuple):
    """What a walk found.

    Attributes:
        end: the position after the pickle.
        shared: how often what may be a tuple is read from the memo.
    """

    end: int
    shared: int


def walk(data: Any, start: int = 0, limit: int | None = None) -> Walked:
    """Walk over the pickle that begins at `start` of `data` (bytes, memoryview or mmap).

    Args:
        limit: bytes that its objects may take; default what suits as many bytes in a file.

    Raises:
        InputError: an opcode is unknown, a count runs past the end of the data, a memo index runs ahead, or there are
            too many objects.
    """
    position, end, puts, sets, opcodes, shared = start, len(data), 0, 0, 0, 0
    before, tuples = 0, set[int]()
    most = object_limit(end - start) if limit is None else limit
    while position < end:
        code = data[position]
        step = _STEPS[code]
        position += 1
        opcodes += 1
        if code in _SETS:
            sets += 1
        if _OBJECT * opcodes + _SET * sets > most:
            raise InputError(f"the pickle makes objects of more than {most >> 20} MiB; it is refused as a bomb")
        if step >= 256:
            count = _COUNTS[step - 256]
            if position + count.size > end:
                break
            position += count.size + count.unpack_from(data, position)[0]
            before = code
            continue
        if step == _REFUSED:
            raise InputError(f"byte {position - 1} is no opcode of a plain pickle ({_NAMES.get(code, hex(code))})")
        begin = position
        if step == _LINE:
            for _ in range(2 if code in _TWO_LINES else 1):
                position = _after_line(data, position)
        else:
            position += step
        if position > end:
            break
        if code in _PUTS:
            puts += 1
            index = _index(_PUTS[code], bytes(data[begin:position]), puts)
            if not 0 <= index < puts + _SLACK:
                raise InputError(f"memo index {index} of the pickle runs ahead of the {puts} entries it has")
            if before in _TUPLES:
                tuples.add(index)
        elif code in _GETS:
            shared += _index(_GETS[code], bytes(data[begin:position]), puts) in tuples
        elif code == _STOP:
            return Walked(position, shared)
        before = code
    raise InputError("the pickle is cut short, or announces more than it holds")


def _after_line(data: Any, position: int) -> int:
    line = bytes(data[position : position + 4096]).find(b"\n")
    if line < 0:
        raise InputError("the pickle is cut short, or holds a line of more than 4,096 bytes")
    return position + line + 1


def _index(name: str, argument: bytes, puts: int) -> int:
    """The index in the memo that an opcode names."""
    try:
        if name == "MEMOIZE":
            return puts - 1
        return int(argument) if name in ("PUT", "GET") else int.from_bytes(argument, "little")
    except ValueError as error:
        raise InputError("a memo index of the pickle is no number") from error
