"""Fixtures of the readers' tests."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from broken_inputs import Make, Read

from archgraph.errors import InputError


@pytest.fixture
def survives(tmp_path: Path) -> Callable[[Read, Make, str, int], int]:
    """`survives(read, make, name, count)` reads `count` files and gives how many were refused, each in one line."""

    def run(read: Read, make: Make, name: str, count: int) -> int:
        rng = random.Random(0)
        path = tmp_path / name
        refused = []
        for _ in range(count):
            path.write_bytes(make(rng))
            try:
                read(path)
            except InputError as error:
                refused.append(str(error))
        assert all(0 < len(text) < 3000 and "\n" not in text for text in refused)
        return len(refused)

    return run
