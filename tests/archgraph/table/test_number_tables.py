"""Numbers beside ids, some rows at a time."""

import numpy as np
import pandas as pd
import pytest

from archgraph.table.number_tables import write_numbers

FRAME = pd.DataFrame({"id": ["a", 'b"', "c,d", "é"], "z0": np.array([0.5, np.nan, 1e-20, 2], np.float32)})


@pytest.mark.parametrize("name", ["z.csv", "z.parquet"])
def test_parts_are_one_file(tmp_path, name):
    write_numbers(tmp_path / name, (FRAME[start : start + 3] for start in (0, 3)))
    read = pd.read_csv if name.endswith("csv") else pd.read_parquet
    pd.testing.assert_frame_equal(read(tmp_path / name), FRAME, check_dtype=name.endswith("parquet"))


def test_what_fails_on_the_way_leaves_nothing(tmp_path):
    def frames():
        yield FRAME
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        write_numbers(tmp_path / "z.parquet", frames())
    assert list(tmp_path.iterdir()) == []
