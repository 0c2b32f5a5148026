"""Broken inputs for readers: damaged bytes, and odd values in the places of good ones."""

from __future__ import annotations

import copy
import json
import random
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Read = Callable[[Path], object]
Make = Callable[[random.Random], bytes]
ODD = (
    *(None, True, -1, 0, 1 << 15, 1 << 70, 10**400, 1e308, -0.5, float("nan"), float("inf"), "", "NaN", "x" * 5000),
    *([], {}, [[]], [[0, 0]], [[1, 0]], [0, 1, 2], {"a": {}}, ["input", "output"], "\ud800", "é" * 70, "input"),
)
COUNTS = [200, pytest.param(10_000, marks=pytest.mark.slow)]
"""How many broken inputs a reader is tried with."""


def peak_memory() -> int:
    """Bytes that this process has held at most."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return held if sys.platform == "darwin" else held << 10


def cut_or_flip(valid: bytes) -> Make:
    """Bytes changed, cut out, doubled or cut short."""

    def make(rng: random.Random) -> bytes:
        data = bytearray(valid)
        for _ in range(rng.choice((1, 1, 2, 8))):
            if not data:
                break
            place, kind = rng.randrange(len(data)), rng.randrange(5)
            if kind == 0:
                data[place] ^= 1 << rng.randrange(8)
            elif kind == 1:
                data[place] = rng.choice((0, 1, 127, 128, 255))
            elif kind == 2:
                del data[place : place + rng.choice((1, 4, 100))]
            elif kind == 3:
                data[place:place] = data[place : place + rng.choice((1, 8, 64))]
            else:
                del data[place:]
        return bytes(data)

    return make


def changed(valid: Any) -> Callable[[random.Random], Any]:
    """A copy of nested lists and dictionaries with odd values in some places."""

    def make(rng: random.Random) -> Any:
        content = copy.deepcopy(valid)
        for _ in range(rng.choice((1, 1, 2, 4))):
            places = list(_places(content))
            if not places:
                break
            holder, key = rng.choice(places)
            kind = rng.randrange(4)
            if kind == 0 and isinstance(holder, dict):
                holder.pop(key)
            elif kind == 1 and isinstance(holder, list):
                holder.insert(key, copy.deepcopy(holder[key]))
            else:
                holder[key] = copy.deepcopy(rng.choice(ODD))
        return content

    return make


def as_json(valid: Any) -> Make:
    """JSON text with odd values in some places; now and then cut or flipped as well."""
    change = changed(valid)

    def make(rng: random.Random) -> bytes:
        text = json.dumps(change(rng)).encode()
        return cut_or_flip(text)(rng) if rng.random() < 0.3 else text

    return make


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield content, key
        yield from _places(value)
