"""What a table holds, in numbers: counts, sizes, operations, duplicates and metrics."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.ops import OPS
from archgraph.table.table import ArchTable


def describe(table: ArchTable | Iterable[ArchTable]) -> dict[str, Any]:
    """Numbers that describe a table, or all rows of several, ready for JSON; loads no torch.

    >>> from archgraph import spaces
    >>> describe(spaces.get("dag:2").enumerate())["nodes"]
    {'least': 6, 'mean': 6.0, 'most': 6}

    Args:
        table: one table, or some that are looked at one after another; a graph leaves 16 bytes of each behind.

    Returns:
        `graphs`, `distinct` (up to isomorphism), `duplicates`, `spaces` (name -> graphs), `nodes` and `edges` (least,
        mean and most of a graph), `with meta`, `operations` (name -> nodes, most frequent first), and `metrics`
        (name -> how many rows are measured, and the least, mean and most of them, None where there is none).
    """
    used, names, noted = np.zeros(0, dtype=np.int64), Counter[str](), 0
    nodes, edges, metrics = _Spread(), _Spread(), dict[str, _Spread]()
    digests = []
    for part in [table] if isinstance(table, ArchTable) else table:
        counts = np.bincount(part.op_index, minlength=len(OPS))
        counts[: len(used)] += used
        used = counts
        names.update(name or "(none)" for name in part.space)
        noted += 0 if part.meta_texts is None else len(part) - part.meta_texts.null_count
        nodes.add(part.graph_sizes)
        edges.add(np.diff(part.edge_ptr))
        for name, values in part.metrics.items():
            metrics.setdefault(str(name), _Spread()).add(values.to_numpy())
        digests.append(np.frombuffer(bytes.fromhex("".join(part.hashes())), dtype=np.uint64).reshape(-1, 2))
    distinct = _different(np.concatenate(digests))
    return {
        "graphs": nodes.count,
        "distinct": distinct,
        "duplicates": nodes.count - distinct,
        "spaces": dict(names),
        "nodes": nodes.whole(),
        "edges": edges.whole(),
        "with meta": noted,
        "operations": {OPS[i].name: int(used[i]) for i in np.argsort(-used, kind="stable") if used[i]},
        "metrics": {name: {"measured": spread.count, **spread.numbers()} for name, spread in metrics.items()},
    }


def _different(rows: NDArray[np.uint64]) -> int:
    """How many different rows [n, 2] there are."""
    ordered = rows[np.lexsort(rows.T)]
    return int(len(rows) > 0) + int((ordered[1:] != ordered[:-1]).any(axis=1).sum())


class _Spread:
    """The least, mean and most of numbers that come some at a time; NaN is none."""

    def __init__(self) -> None:
        self.count, self._sums = 0, list[float]()
        self._least, self._most = math.inf, -math.inf

    def add(self, numbers: NDArray[Any]) -> None:
        known = numbers[numbers == numbers]
        if len(known):
            self.count += len(known)
            self._sums.append(float(known.sum(dtype=np.float64)))
            self._least, self._most = min(self._least, float(known.min())), max(self._most, float(known.max()))

    def numbers(self) -> dict[str, float | None]:
        if not self.count:
            return {"least": None, "mean": None, "most": None}
        return {"least": self._least, "mean": math.fsum(self._sums) / self.count, "most": self._most}

    def whole(self) -> dict[str, float | None]:
        """The same of whole numbers."""
        return {"least": int(self._least), "mean": self.numbers()["mean"], "most": int(self._most)}
