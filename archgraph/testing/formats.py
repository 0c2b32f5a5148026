"""The contract that every reader of a foreign format keeps, as a suite of tests to inherit.

    from archgraph.testing import FormatContract

    class TestMyFormat(FormatContract):
        def write(self, folder):
            path = folder / "graphs.txt"
            path.write_text("input conv3x3 output | 0-1 1-2")
            return path

        def read(self, path):
            return read_my_format(path)

pytest then runs every test of the suite on the reader.
"""

from __future__ import annotations

import random
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from archgraph.architecture import check_architecture
from archgraph.table.table import ArchTable
from archgraph.testing.outcome import outcome

RUNS = {
    *("exec", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "subprocess.Popen"),
    *("pickle.find_class", "socket.connect", "socket.getaddrinfo", "ctypes.dlopen", "os.remove", "os.rename"),
}
"""Audit events of Python (PEP 578) that no reader has a reason to raise."""


class FormatContract(ABC):
    """Tests of one format. `write` makes a good file, `read` reads it; the attributes bound the work.

    Attributes:
        broken: how many broken files are tried.
        seed: of what is broken in them.

    Example:
        >>> from archgraph import ArchTable, spaces
        >>> from archgraph.testing import FormatContract
        >>> class TestJsonLines(FormatContract):
        ...     def write(self, folder):
        ...         spaces.get("dag:1-3").enumerate().write(folder / "cells.jsonl")
        ...         return folder / "cells.jsonl"
        ...     def read(self, path):
        ...         return ArchTable.read(path)
        >>> [name for name in dir(TestJsonLines) if name.startswith("test_")][:1]
        ['test_a_file_cut_short_is_refused_or_read']
    """

    broken = 100
    seed = 0

    @abstractmethod
    def write(self, folder: Path) -> Path:
        """Write a good file of one architecture or more into a folder."""

    @abstractmethod
    def read(self, path: Path) -> ArchTable:
        """Read a file, as the format's reader does.

        Raises:
            InputError: it is missing or malformed.
        """

    def test_a_good_file_is_read(self, tmp_path: Path) -> None:
        table = self.read(self.write(tmp_path))
        assert isinstance(table, ArchTable)
        assert len(table) > 0
        for graph in table:
            check_architecture(graph.ops, graph.edges)

    def test_reading_again_gives_the_same(self, tmp_path: Path) -> None:
        path = self.write(tmp_path)
        before = path.read_bytes()
        first, second = self.read(path), self.read(path)
        assert path.read_bytes() == before
        assert _content(first) == _content(second)

    def test_what_is_missing_or_no_file_is_refused(self, tmp_path: Path) -> None:
        good = self.write(tmp_path)
        empty = tmp_path / f"empty{good.suffix}"
        empty.write_bytes(b"")
        for path in (tmp_path / f"missing{good.suffix}", empty, tmp_path):
            table, refusal = outcome(partial(self.read, path))
            assert table is None, f"{path.name} was read"
            assert path.name in refusal, f"the refusal does not name the file: {refusal}"

    def test_a_file_cut_short_is_refused_or_read(self, tmp_path: Path) -> None:
        good = self.write(tmp_path)
        data = good.read_bytes()
        for length in np.linspace(1, len(data) - 1, min(len(data) - 1, self.broken)).astype(int).tolist():
            self._survives(tmp_path / f"cut{good.suffix}", data[:length])

    def test_changed_bytes_are_refused_or_read(self, tmp_path: Path) -> None:
        good, rng = self.write(tmp_path), random.Random(self.seed)
        for _ in range(self.broken):
            data = bytearray(good.read_bytes())
            for _ in range(rng.choice((1, 2, 8))):
                data[rng.randrange(len(data))] = rng.randrange(256)
            self._survives(tmp_path / f"changed{good.suffix}", bytes(data))

    def test_random_bytes_are_refused(self, tmp_path: Path) -> None:
        """Random bytes are no file of any format."""
        good = self.write(tmp_path)
        path = tmp_path / f"random{good.suffix}"
        path.write_bytes(random.Random(self.seed).randbytes(4096))
        assert outcome(partial(self.read, path))[1]

    def test_reading_runs_and_writes_nothing(self, tmp_path: Path) -> None:
        path = self.write(tmp_path)
        self.read(path)  # loads what the reader needs
        with _watched() as events:
            self.read(path)
        assert events == []

    def _survives(self, path: Path, data: bytes) -> None:
        """A file is refused in one line, or read as architectures."""
        path.write_bytes(data)
        table, _ = outcome(partial(self.read, path))
        for graph in table if table is not None else ():
            check_architecture(graph.ops, graph.edges)


def _content(table: ArchTable) -> list[Any]:
    graphs = [(graph.ops, graph.edges) for graph in table]
    return [graphs, list(table.ids), list(table.space), table.metrics.to_csv(), str(table.meta_texts)]


_watching: list[list[str]] = []


@cache
def _audited() -> None:
    """Have Python tell of what it runs; there is no way back, so only while a list waits for it."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if _watching and (event in RUNS or (event == "open" and _writes(arguments))):
            _watching[-1].append(f"{event} {str(arguments)[:200]}")

    sys.addaudithook(hook)


def _writes(arguments: tuple[Any, ...]) -> bool:
    return isinstance(arguments[1], str) and bool({*"wax+"} & {*arguments[1]})


@contextmanager
def _watched() -> Iterator[list[str]]:
    """What is run or written within the block."""
    _audited()
    _watching.append([])
    try:
        yield _watching[-1]
    finally:
        _watching.pop()
