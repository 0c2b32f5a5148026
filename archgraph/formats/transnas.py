"""TransNAS-Bench-101's official file, transnas-bench_v10141024.pth.

It holds `{"data": {"macro": {architecture: {task: record}}, "micro": {...}}, "task_list": [...], ...}`. A record
has `metrics`, name -> a value for every epoch, and `model_info`, name -> one number. Architectures are written
`64-41414-1_02_333` (micro) and `64-1234-basic` (macro).

Duan et al., "TransNAS-Bench-101" (CVPR 2021).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from archgraph import spaces
from archgraph.columns import GraphColumns
from archgraph.errors import InputError
from archgraph.formats.containers.pickles import load, values
from archgraph.formats.natives import columns_of, metric_name
from archgraph.table.table import ArchTable

_SPACES = {"micro": "transnas", "macro": "transnas:macro"}


def read_transnas(path: Path | str) -> ArchTable:
    """All cells and networks of the official file; the id is the official string.

    Metrics are `{task}_{metric}` at the last epoch, `{task}_{metric}_best`, the largest over all epochs, and
    `{task}_{info}` such as `class_object_model_params`.

    Raises:
        InputError: the file is missing, damaged, names more than data, or has another layout.
    """
    path = Path(path)
    content = load(path)
    data = content.get("data") if isinstance(content, Mapping) else None
    if not isinstance(data, Mapping) or not all(isinstance(part, Mapping) for part in data.values()):
        raise InputError(f"{path}: no `data` by search space; the official file of TransNAS-Bench-101 is needed")
    names: list[str] = []
    members: list[str] = []
    rows: list[dict[str, float]] = []
    parts: list[GraphColumns] = []
    for key, part in data.items():
        if key not in _SPACES:
            raise InputError(f"{path}: unknown search space {str(key)[:32]!r}; it has macro and micro")
        natives = [str(native) for native in part]
        try:
            parts.append(columns_of(spaces.get(_SPACES[key]), natives, "architecture"))
            rows += [dict(_metrics(record)) for record in part.values()]
        except InputError as error:
            raise InputError(f"{path}, {key}: {error}") from error
        names += natives
        members += [_SPACES[key]] * len(natives)
    if not names:
        raise InputError(f"{path} holds no architecture")
    graphs = GraphColumns.concatenate(parts)
    metrics = pd.DataFrame(rows, dtype=float)
    return ArchTable.from_columns(graphs, ids=names, space=members, metrics=metrics)


def _metrics(record: Any) -> Iterator[tuple[str, float]]:
    """Names and numbers of one architecture on its tasks."""
    if not isinstance(record, Mapping):
        raise InputError("an architecture without records by task")
    for task, result in record.items():
        if not isinstance(result, Mapping):
            raise InputError(f"task {str(task)[:32]!r} without a record")
        for name, series in _numbers(result.get("metrics")):
            yield metric_name(task, name), float(series[-1])
            yield metric_name(task, name, "best"), float(series.max())
        for name, series in _numbers(result.get("model_info")):
            yield metric_name(task, name), float(series[-1])


def _numbers(entries: Any) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.float64]]]]:
    if not isinstance(entries, Mapping):
        raise InputError("a record without `metrics` or `model_info`")
    for name, entry in entries.items():
        series = values(entry)
        if not len(series) or np.isinf(series).any():
            raise InputError(f"{str(name)[:32]!r} has no finite number")
        yield str(name), series
