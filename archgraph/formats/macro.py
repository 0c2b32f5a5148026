"""NAS-Bench-Macro's official JSON file.

It maps an architecture's code to `{"test_acc": [run, run, run], "mean_acc", "std", "params", "flops"}`, with
accuracies in percent.
Su et al., "Prioritized Architecture Sampling with Monto-Carlo Tree Search" (CVPR 2021).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from archgraph.errors import InputError
from archgraph.formats.containers.json_file import read_json
from archgraph.formats.natives import columns_of
from archgraph.spaces.macro import MacroSpace
from archgraph.table.jsonl import is_metric
from archgraph.table.table import ArchTable

_MAX_RUNS = 16  # the official file has 3
_NAMES = {"mean_acc": "test_mean", "std": "test_std", "params": "params", "flops": "flops"}


def read_macro(path: Path | str) -> ArchTable:
    """The architectures of the official file; the id is the code.

    Metrics are `test_run0`, `test_run1`, ..., `test_mean`, `test_std`, `params` and `flops`.

    Raises:
        InputError: the file is missing or malformed; the text names the architecture.
    """
    path = Path(path)
    content = read_json(path)
    if not isinstance(content, dict) or not content:
        raise InputError(f"{path}: an object of architecture codes is needed")
    try:
        graphs = columns_of(MacroSpace(), list(content), "architecture")
        rows = [_metrics(code, record) for code, record in content.items()]
    except InputError as error:
        raise InputError(f"{path}, {error}") from error
    return ArchTable.from_columns(
        graphs,
        ids=list(content),
        space="macro",
        metrics=pd.DataFrame(rows, dtype=float),
    )


def _metrics(code: str, record: Any) -> dict[str, float]:
    if not isinstance(record, dict) or not isinstance(record.get("test_acc", []), list):
        raise InputError(f"architecture {code}: an object with a list `test_acc` is needed")
    runs = {f"test_run{i}": value for i, value in enumerate(record.get("test_acc", [])[:_MAX_RUNS])}
    found = runs | {name: record[key] for key, name in _NAMES.items() if key in record}
    for name, value in found.items():
        if not is_metric(value):
            raise InputError(f"architecture {code}: {name} is not a finite number")
    return {name: float(value) for name, value in found.items()}
