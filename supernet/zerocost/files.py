"""Scores of the graphs of a file of any length, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archgraph.errors import InputError
from archgraph.table.streams import read_parts, write_parts
from archgraph.table.table import ArchTable
from supernet.zerocost.scores import SCORES, suitable_scores

ROWS = 1 << 14
"""Graphs whose networks are held at once."""
Score = Callable[[ArchTable, Path], ArchTable]
"""Gives a table its scores, by way of a journal."""


@dataclass(frozen=True)
class Survey:
    """What is known of a file of graphs before any is scored.

    Args:
        rows: how many there are.
        scores: those that all of them can have.
        reason: why others are left out; empty where none is.
        network: in which a search found the graphs, from their `meta`; None where they do not say.
    """

    rows: int
    scores: list[str]
    reason: str
    network: Any

    @classmethod
    def of(cls, path: Path, found_network: Callable[[ArchTable], Any]) -> Survey:
        """Read a file once.

        Args:
            path: the graphs.
            found_network: tells the network of a table's graphs.

        Raises:
            InputError: as `ArchTable.read`, or the graphs were found in different networks.
        """
        rows, scores, reason, networks = 0, list(SCORES), "", list[Any]()
        for part in read_parts(path, ROWS):
            rows += len(part)
            networks.append(found_network(part))
            if networks[0] != networks[-1]:
                raise InputError("the graphs were found in different networks; name one for all with --network")
            if not reason:
                scores, reason = suitable_scores(part)
        return cls(rows, scores, reason, networks[0])


def score_file(graphs: Path, output: Path, score: Score) -> None:
    """Write the graphs of a file with their scores; finished work lies beside the output until that is written.

    Args:
        graphs: a .jsonl or .parquet file.
        output: likewise.
        score: of some thousand graphs; where its journal is there, it goes on from there.

    Raises:
        InputError: as `ArchTable.read`, `ArchTable.write` and `score`.
    """
    journals = []

    def scored() -> Iterator[ArchTable]:
        for number, part in enumerate(read_parts(graphs, ROWS)):
            journals.append(output.with_name(f"{output.name}.journal" + (f"-{number}" if number else "")))
            yield score(part, journals[-1])

    write_parts(output, scored())
    for journal in journals:
        journal.unlink(missing_ok=True)
