"""What a table holds, in numbers: counts, sizes, operations, duplicates and metrics."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.ops import OPS
from archgraph.table.table import ArchTable


def describe(table: ArchTable) -> dict[str, Any]:
    """Numbers that describe a table, ready for JSON; loads no torch.

    >>> from archgraph import spaces
    >>> describe(spaces.get("dag:2").enumerate())["nodes"]
    {'least': 6, 'mean': 6.0, 'most': 6}

    Returns:
        `graphs`, `distinct` (up to isomorphism), `duplicates`, `spaces` (name -> graphs), `nodes` and `edges` (least,
        mean and most of a graph), `with meta`, `operations` (name -> nodes, most frequent first), and `metrics`
        (name -> how many rows are measured, and the least, mean and most of them, None where there is none).
    """
    used = np.bincount(table.op_index, minlength=len(OPS))
    distinct = len(set(table.hashes()))
    return {
        "graphs": len(table),
        "distinct": distinct,
        "duplicates": len(table) - distinct,
        "spaces": dict(Counter(name or "(none)" for name in table.space)),
        "nodes": _spread(table.graph_sizes),
        "edges": _spread(np.diff(table.edge_ptr)),
        "with meta": 0 if table.meta_texts is None else len(table) - table.meta_texts.null_count,
        "operations": {OPS[i].name: int(used[i]) for i in np.argsort(-used, kind="stable") if used[i]},
        "metrics": {str(name): _measured(values.to_numpy()) for name, values in table.metrics.items()},
    }


def _spread(numbers: NDArray[np.integer[Any]]) -> dict[str, float]:
    return {"least": int(numbers.min()), "mean": float(numbers.mean()), "most": int(numbers.max())}


def _measured(numbers: NDArray[np.float64]) -> dict[str, float | None]:
    known = numbers[numbers == numbers]
    if not len(known):
        return {"measured": 0, "least": None, "mean": None, "most": None}
    return {
        "measured": len(known),
        "least": float(known.min()),
        "mean": float(known.mean()),
        "most": float(known.max()),
    }
