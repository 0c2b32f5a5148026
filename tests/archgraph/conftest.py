"""What several test files share."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from broken_inputs import Make, Read, read_broken

from archgraph.cli.main import run


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
    """`survives(read, make, name, count)`: `broken_inputs.read_broken` of a file of that name."""
    return lambda read, make, name, count: read_broken(read, make, tmp_path / name, count)


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
