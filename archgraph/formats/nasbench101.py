"""NAS-Bench-101's official files, nasbench_full.tfrecord and nasbench_only108.tfrecord.

A record is one training run: a JSON list of the cell's hash, the number of epochs, the adjacency matrix row by row, the
operations and a message in base64. The message holds the evaluations at the start, half-way and at the end (field
1, each with 2 training time, 3 training, 4 validation and 5 test accuracy) and the trainable parameters (field 2).
Ying et al., "NAS-Bench-101" (ICML 2019). The full file has 5 million records; they are read as a stream.
"""

from __future__ import annotations

import base64
import json
import math
from array import array
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.columns import GraphColumns
from archgraph.errors import InputError
from archgraph.formats.containers.protobuf import fields
from archgraph.formats.containers.tfrecord import read_records
from archgraph.spaces.nasbench101 import NASBench101Space
from archgraph.table.table import ArchTable

_METRICS = ("train_time_s_{}ep", "train_acc_{}ep", "val_acc_{}ep", "test_acc_{}ep")
_CHUNK = 1 << 14  # cells taken into columns at once
_MAX_BUDGETS = 16  # the official files have 4, 12, 36 and 108 epochs


class _Runs:
    """What the records say, in columns: cells as they first appear, and one row a training run."""

    def __init__(self) -> None:
        self.space = NASBench101Space()
        self.row: dict[str, int] = {}
        self.columns: list[GraphColumns] = []
        self.pending: list[tuple[tuple[str, ...], list[tuple[int, int]]]] = []
        self.params = array("d")
        self.rows, self.epochs, self.values = array("l"), array("l"), array("d")

    def add(self, record: bytes) -> None:
        try:
            name, epochs, matrix, operations, message = json.loads(record)
            final, params = _final_evaluation(base64.b64decode(message, validate=True))
        except (ValueError, TypeError, RecursionError) as error:
            raise InputError(f"not a record of NAS-Bench-101 ({str(error)[:100]})") from error
        if not isinstance(name, str) or not 0 < len(name) <= 64 or type(epochs) is not int or not 0 < epochs < 10000:
            raise InputError("not a record of NAS-Bench-101: it has no hash or no number of epochs")
        if name not in self.row:
            self._add_cell(name, f"{matrix}:{operations}", params)
        self.rows.append(self.row[name])
        self.epochs.append(epochs)
        self.values.extend(final)

    def _add_cell(self, name: str, native: str, params: float) -> None:
        graph = self.space.from_native(native)
        self.pending.append((graph.ops, graph.edges))
        self.params.append(params)
        self.row[name] = len(self.row)
        if len(self.pending) == _CHUNK:
            self.flush()

    def flush(self) -> None:
        self.columns.append(GraphColumns.from_lists(self.pending))
        self.pending.clear()

    def metrics(self) -> dict[str, NDArray[np.float64]]:
        """Metric name -> mean over the runs of each cell; NaN where there is none."""
        found: dict[str, NDArray[np.float64]] = {"params": np.array(self.params)}
        rows, epochs = np.array(self.rows), np.array(self.epochs)
        values = np.array(self.values).reshape(-1, len(_METRICS))
        budgets = np.unique(epochs).tolist()
        if len(budgets) > _MAX_BUDGETS:
            raise InputError(f"records of {len(budgets)} training lengths; NAS-Bench-101 has four")
        for budget in budgets:
            taken = epochs == budget
            runs = np.bincount(rows[taken], minlength=len(self.row)).astype(float)
            runs[runs == 0] = np.nan
            for j, name in enumerate(_METRICS):
                sums = np.bincount(rows[taken], values[taken, j], minlength=len(self.row))
                found[name.format(budget)] = sums / runs
        return found


def read_nasbench101(path: Path | str) -> ArchTable:
    """The cells of an official TFRecord file, in order of appearance; the id is the official hash.

    Metrics are `params` and, for each number of epochs E in the file, the mean over its runs of
    `train_time_s_{E}ep`, `train_acc_{E}ep`, `val_acc_{E}ep` and `test_acc_{E}ep`.

    Raises:
        InputError: the file is missing or damaged, or a record is malformed; the text says which.
    """
    path = Path(path)
    runs = _Runs()
    try:
        for record in read_records(path):
            runs.add(record)
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except InputError as error:
        text = str(error)
        raise InputError(text if text.startswith(str(path)) else f"{path}, record {len(runs.rows)}: {text}") from error
    if not runs.row:
        raise InputError(f"{path} holds no record; a TFRecord file of NAS-Bench-101 is needed")
    runs.flush()
    graphs = GraphColumns.concatenate(runs.columns)
    return ArchTable.from_columns(graphs, ids=list(runs.row), space="nasbench101", metrics=runs.metrics())


def _final_evaluation(message: bytes) -> tuple[list[float], float]:
    """Training time and the three accuracies at the end of training, and the parameters."""
    evaluations: list[bytes] = []
    params = math.nan
    for number, value in fields(message):
        if number == 1 and isinstance(value, bytes):
            evaluations.append(value)
        elif number == 2 and isinstance(value, int):
            params = float(value)
    if not evaluations:
        raise InputError("it holds no evaluation")
    last: dict[int, Any] = dict(fields(evaluations[-1]))
    final = [last.get(number) for number in (2, 3, 4, 5)]
    if not all(isinstance(v, float) and math.isfinite(v) for v in final) or not math.isfinite(params):
        raise InputError("an accuracy, the training time or the parameters are missing or not finite")
    return [float(v) for v in final if v is not None], params
