"""What several test files share."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from broken_inputs import Make, Read, peak_memory

from archgraph.cli.main import run
from archgraph.errors import InputError


@pytest.fixture
def archgraph(capsys):
    """Runs the command; gives exit code, stdout and stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            run([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.fixture
def survives(tmp_path: Path) -> Callable[[Read, Make, str, int], int]:
    """`survives(read, make, name, count)` reads `count` files and gives how many were refused, each in one line.

    Reading them takes less than 1 GiB more than what ran before.
    """

    def read_broken(read: Read, make: Make, name: str, count: int) -> int:
        rng = random.Random(0)
        path = tmp_path / name
        refused, before = [], peak_memory()
        for _ in range(count):
            path.write_bytes(make(rng))
            try:
                read(path)
            except InputError as error:
                refused.append(str(error))
        assert all(0 < len(text) < 3000 and "\n" not in text for text in refused)
        assert peak_memory() - before < 1 << 30
        return len(refused)

    return read_broken


@pytest.fixture
def torch_after() -> Callable[..., bool]:
    """`torch_after(*arguments)`: whether a fresh process has loaded torch once it has run a command."""

    def call(*arguments: str) -> bool:
        code = (
            "import atexit, sys; from archgraph.cli.main import run;"
            "atexit.register(lambda: print('torch' in sys.modules, file=sys.stderr)); run(sys.argv[1:])"
        )
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        return done.stderr.split()[-1] == "True"

    return call
