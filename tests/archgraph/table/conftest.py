"""A table that tests of tables share."""

from __future__ import annotations

import numpy as np
import pytest

from archgraph import spaces
from archgraph.table.table import ArchTable


@pytest.fixture(scope="module")
def table() -> ArchTable:
    graphs = spaces.get("dag:1-4").sample(60, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    values = rng.random(60)
    return ArchTable.from_graphs(
        graphs,
        ids=[f"g{i}" for i in range(60)],
        space=["dag"] * 30 + [""] * 30,
        metrics={"acc": np.where(values < 0.2, np.nan, values), "params": np.arange(60)},
    )
