"""Predictions for files of graphs of any length, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat, takewhile, zip_longest
from pathlib import Path

import pandas as pd

from archgraph.errors import InputError
from archgraph.table.streams import read_parts
from encoders.delta.predictor import DeltaPredictor


def predictions(predictor: DeltaPredictor, graphs: Path) -> Iterator[pd.DataFrame]:
    """`id`, `prediction` and `std` of each graph of a file.

    Raises:
        InputError: as `ArchTable.read` and `DeltaPredictor.predict`.

    Example:
        >>> from pathlib import Path
        >>> from encoders import load_delta
        >>> from encoders.delta.predict import predictions
        >>> [frame.columns.tolist() for frame in predictions(load_delta("delta"), Path("cells.parquet"))]
        [['id', 'prediction', 'std']]
    """
    for part in read_parts(graphs):
        found = predictor.predict(part)
        yield pd.DataFrame({"id": part.ids, "prediction": found.mean, "std": found.std})


def differences(predictor: DeltaPredictor, start: Path, graphs: Path) -> Iterator[pd.DataFrame]:
    """`id`, `difference` and `std` of each graph of a file, from the graphs of another, row by row or all from one.

    Raises:
        InputError: the files have different numbers of graphs, or as `predictions`.
    """
    starts = read_parts(start)
    first = next(starts)
    pairs = zip_longest(repeat(first) if len(first) == 1 else chain([first], starts), read_parts(graphs))
    for a, b in takewhile(lambda pair: len(first) > 1 or pair[1] is not None, pairs):
        if a is None or b is None:
            raise InputError(f"{start} and {graphs} hold different numbers of graphs; differences are taken row by row")
        found = predictor.difference(a, b)
        yield pd.DataFrame({"id": b.ids, "difference": found.mean, "std": found.std})
