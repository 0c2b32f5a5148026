"""What it would cost to hash the keys of a pickle, found without running it.

The hash of a tuple is computed anew each time, from those of its parts, so a key made of 40 tuples, each of which holds
the one before it twice, is hashed in 2^40 steps. The opcodes are followed on a stack of weights instead of objects: how
many parts are visited when one is hashed.
"""

from __future__ import annotations

import io
import pickletools
from typing import Any

from archgraph.errors import InputError

MOST = 1 << 27  # parts of keys that are hashed in all
SHARED = 24  # tuples read from the memo; each can double the cost of a key
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_PUTS = ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE")
_GETS = ("GET", "BINGET", "LONG_BINGET")
Weight = list[int]
"""One number, which containers change as they grow."""


def check_hashing(data: Any) -> None:
    """Refuse a pickle whose keys would take too long to hash; where at most `SHARED` tuples are read from the memo none
    can.

    Args:
        data: a pickle whose counts can be true.

    Raises:
        InputError: they would, or it takes from its stack what is not there.

    Example:
        >>> import pickle
        >>> from archgraph.formats.containers.hashing import check_hashing
        >>> check_hashing(pickle.dumps({("cifar10", 777): 91.5}))
    """
    try:
        _follow(data)
    except (IndexError, KeyError) as error:
        raise InputError("the pickle takes from its stack what is not there") from error


def _follow(data: Any) -> None:
    """Keep the weights of what the pickle makes, and count what is hashed."""
    stack: list[Weight] = []
    marks: list[int] = []
    memo: dict[int, Weight] = {}
    hashed = 0

    def popped(count: int) -> list[Weight]:
        if len(stack) < count:
            raise IndexError
        taken = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        return taken

    def marked() -> list[Weight]:
        return popped(len(stack) - marks.pop())

    for opcode, argument, _ in pickletools.genops(io.BytesIO(data)):
        name = opcode.name
        keys: list[Weight] = []
        if name == "MARK":
            marks.append(len(stack))
        elif name in _PUTS:
            memo[len(memo) if argument is None else int(argument)] = stack[-1]
        elif name in _GETS:
            stack.append(memo[int(argument or 0)])
        elif name in _TUPLES:
            stack.append(_joined(popped(_TUPLES[name])))
        elif name in ("TUPLE", "LIST", "DICT", "FROZENSET", "OBJ", "INST"):
            stack.append(_joined(parts := marked()))
            keys = {"DICT": parts[::2], "FROZENSET": parts}.get(name, [])
        elif name in ("APPENDS", "SETITEMS", "ADDITEMS"):
            parts = marked()
            stack[-1][0] = _joined([stack[-1], *parts])[0]
            keys = {"APPENDS": [], "SETITEMS": parts[::2], "ADDITEMS": parts}[name]
        elif name == "SETITEM":
            key, value = popped(2)
            stack[-1][0] = _joined([stack[-1], key, value])[0]
            keys = [key]
        elif name in ("APPEND", "BUILD"):
            stack[-1][0] = _joined([stack[-1], *popped(1)])[0]
        elif name in ("REDUCE", "NEWOBJ", "STACK_GLOBAL", "NEWOBJ_EX"):
            keys = popped(3 if name == "NEWOBJ_EX" else 2)  # a call may make a set of what it is given
            stack.append(_joined(keys))
        elif name == "POP":
            if marks and marks[-1] == len(stack):
                marks.pop()
            else:
                popped(1)
        elif name == "POP_MARK":
            marked()
        elif name == "DUP":
            stack.append(stack[-1])
        elif name == "BINPERSID":
            keys = popped(1)
            stack.append(_joined(keys))
        elif len(opcode.stack_after) > len(opcode.stack_before):
            stack.append([1])
        hashed += sum(weight[0] for weight in keys)
        if hashed > MOST:
            raise InputError("the keys of the pickle would take too long to hash; it is refused as a bomb")


def _joined(parts: list[Weight]) -> Weight:
    return [min(1 + sum(part[0] for part in parts), MOST + 1)]
