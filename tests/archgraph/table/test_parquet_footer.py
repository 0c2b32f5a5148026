"""A Parquet file's claims are checked before it is unpacked."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archgraph import InputError
from archgraph.table.table import ArchTable


def rows_of(path, **columns):
    names = {"ops": pa.list_(pa.string()), "edge_src": pa.list_(pa.int16()), "edge_dst": pa.list_(pa.int16())}
    pq.write_table(pa.table({k: pa.array(v, names.get(k)) for k, v in columns.items()}), path)


GOOD = {"ops": ["input", "sum", "output"], "edge_src": [0, 1], "edge_dst": [1, 2]}


def test_a_file_that_claims_to_unpack_to_too_much_is_refused(tmp_path, monkeypatch):
    rows_of(tmp_path / "t.parquet", **{key: [value] * 50 for key, value in GOOD.items()})
    monkeypatch.setattr("archgraph.table.parquet.MAX_VALUES", 99)
    with pytest.raises(InputError, match="unpacks to more"):
        ArchTable.read(tmp_path / "t.parquet")
