"""Broken inputs for readers: damaged bytes, and odd values in the places of good ones."""

from __future__ import annotations

import copy
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import campaign
import pytest

from archgraph.errors import InputError

Read = Callable[[Path], object]
Make = Callable[[random.Random], bytes]
ODD = (
    *(None, True, -1, 0, 1 << 15, 1 << 70, 10**400, 1e308, -0.5, float("nan"), float("inf"), "", "NaN", "x" * 5000),
    *([], {}, [[]], [[0, 0]], [[1, 0]], [0, 1, 2], {"a": {}}, ["input", "output"], "\ud800", "é" * 70, "input"),
)
COUNTS = [200, pytest.param(campaign.INPUTS, marks=[pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(7200)])]
"""How many broken inputs a reader is tried with."""
SECONDS = 10


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


def read_broken(read: Read, make: Make, path: Path, count: int) -> int:
    """Read `count` broken files, each written to `path`; how many were refused, each in one line.

    All together take less than 1 GiB more than what ran before, and none takes `SECONDS` of a processor.
    """
    rng = random.Random(0)
    refused, before = [], peak_memory()
    for _ in range(count):
        path.write_bytes(make(rng))
        begun = time.process_time()
        try:
            read(path)
        except InputError as error:
            refused.append(str(error))
        assert time.process_time() - begun < SECONDS
    assert not [text for text in refused if not 0 < len(text) < 3000 or "\n" in text]
    assert peak_memory() - before < 1 << 30
    return len(refused)


def _places(content: Any) -> Iterator[tuple[Any, Any]]:
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield content, key
        yield from _places(value)
