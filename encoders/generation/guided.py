"""Graphs that a score puts first, found by steps in the embedding space (cross-entropy method; a reconstruction).

Each round draws points around the embeddings of the best graphs so far, closer to them from round to round, and what
these points become, members of their buckets or what the decoder writes there, is scored once (Rubinstein, "The
Cross-Entropy Method for Combinatorial and Continuous Optimization", 1999).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from archgraph.canonical import canonical_hashes
from archgraph.errors import InputError
from archgraph.table.table import ArchTable
from encoders.generation.conditions import Condition, Member

Score = Callable[[ArchTable], NDArray[np.float64]]
"""Graphs -> what each is worth, [graphs]; more is better."""
Stream = Callable[[ArchTable, float], Iterator[Member]]
"""(the best so far, width around them) -> candidates."""
DRAWN, ELITE = 256, 32  # graphs scored in a round, and the best so far that the next one draws around, both at least
WIDTHS = (0.5, 0.4, 0.3, 0.3, 0.2, 0.2, 0.15, 0.15)  # of the rounds after the first, where 1 spans the space
_TRIES = 4  # candidates looked at for each that a round scores


def best_by(
    score: Score, first: Iterator[Member], around: Stream | None, n: int, conditions: Iterable[Condition]
) -> list[Member]:
    """The n best by a score of all graphs that were met, best first, no two isomorphic.

    Args:
        score: of graphs.
        first: candidates of the first round.
        around: those of further rounds; None to go on with the first.
        n: how many.
        conditions: which all of them fulfil.

    Raises:
        InputError: fewer were found.
    """
    conditions = list(conditions)
    count = max(DRAWN, 2 * n)
    met: set[str] = set()
    members: list[Member] = []
    values = np.empty(0)
    for width in (None, *WIDTHS):
        source = first if width is None or around is None else around(_table(members[: max(ELITE, n)]), width)
        new = list(islice(_fitting(source, count, conditions, met), count))
        if not new:
            break
        members += new
        values = np.append(values, score(_table(new)))
        order = np.argsort(-values, kind="stable")
        members, values = [members[i] for i in order.tolist()], values[order]
    if len(members) < n:
        raise InputError(f"only {len(members)} graphs that fulfil the conditions were found, but {n} are asked for")
    return members[:n]


def _fitting(source: Iterator[Member], count: int, conditions: list[Condition], met: set[str]) -> Iterator[Member]:
    """Candidates that fulfil the conditions and were not met yet."""
    for member in islice(source, _TRIES * count):
        [digest] = canonical_hashes([(member[0].ops, member[0].edges)])
        if digest not in met and all(holds(member) for holds in conditions):
            met.add(digest)
            yield member


def _table(members: list[Member]) -> ArchTable:
    return ArchTable.from_graphs([graph for graph, _ in members], space=[name for _, name in members])
