"""Numbers beside ids, as `encode` and `delta predict` write them, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from archgraph.persistence.files import atomic_path


def write_numbers(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    """Write the rows of all frames, in order, while they are made; .csv or .parquet, whole or not at all.

    Args:
        path: where.
        frames: at least one, all with the same columns.

    Example:
        >>> from pathlib import Path
        >>> import pandas as pd
        >>> from archgraph.table.number_tables import write_numbers
        >>> write_numbers(Path("z.csv"), (pd.DataFrame({"id": [name], "z0": [0.5]}) for name in "ab"))
        >>> Path("z.csv").read_text()
        'id,z0\\na,0.5\\nb,0.5\\n'
    """
    with atomic_path(path) as temporary:
        (_write_csv if path.suffix.lower() == ".csv" else _write_parquet)(temporary, iter(frames))


def _write_csv(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, frame in enumerate(frames):
            frame.to_csv(file, index=False, header=not number)


def _write_parquet(path: Path, frames: Iterable[pd.DataFrame]) -> None:
    writer = None
    with path.open("wb") as file:
        try:
            for frame in frames:
                table = pa.Table.from_pandas(frame, preserve_index=False)
                writer = writer or pq.ParquetWriter(file, table.schema)
                writer.write_table(table)
        finally:
            if writer is not None:
                writer.close()
