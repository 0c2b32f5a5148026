"""A small table of NAS-Bench-Macro, and its files."""

from __future__ import annotations

import numpy as np
import pandas as pd

FRAME = pd.DataFrame(
    {
        "code": ["02012100", "11111221", "00000000"],
        "acc": [89.4, np.nan, 70.0],
        "params": [890666, 2181386, -1],
        "note": ["a", "b", "c"],
    }
)


def write(frame: pd.DataFrame, path) -> None:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        frame.to_json(path, orient="records")
