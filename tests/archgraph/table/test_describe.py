"""What a table holds, in numbers."""

import numpy as np

from archgraph import ArchTable, spaces
from archgraph.table.describe import describe


def test_a_table_is_described_in_numbers() -> None:
    cells = spaces.get("nasbench201").sample(3, np.random.default_rng(0))
    table = ArchTable.from_graphs([*cells, cells[0]], space="nasbench201", metrics={"acc": [1, 2, np.nan, 6]})
    found = describe(table)
    assert (found["graphs"], found["distinct"], found["duplicates"]) == (4, 3, 1)
    assert found["spaces"] == {"nasbench201": 4}
    assert found["nodes"] == {"least": 11, "mean": 11.0, "most": 11}
    assert found["operations"]["sum"] == 12
    assert list(found["operations"].values()) == sorted(found["operations"].values(), reverse=True)
    assert found["metrics"] == {"acc": {"measured": 3, "least": 1.0, "mean": 3.0, "most": 6.0}}


def test_what_is_not_measured_has_no_numbers() -> None:
    table = spaces.get("dag:2").enumerate().with_metrics(acc=[np.nan, np.nan])
    assert describe(table)["metrics"]["acc"] == {"measured": 0, "least": None, "mean": None, "most": None}
    assert describe(table)["with meta"] == 0
