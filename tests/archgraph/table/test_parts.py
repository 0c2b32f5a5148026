"""Rows of a table, some at a time."""

import numpy as np
import pyarrow as pa
import pytest

from archgraph import ArchTable, spaces
from archgraph.table.parts import even, join, slices


@pytest.fixture
def part():
    table = spaces.get("dag:1-4").enumerate()
    return table.with_metrics(acc=np.arange(len(table), dtype=float)).with_meta({3: {"by": "hand"}}).part


def lines(part):
    return list(ArchTable.from_part(part).to_json_lines())


@pytest.mark.parametrize("rows", [1, 7, 39, 40, 100])
def test_slices_join_to_the_whole(part, rows):
    parts = list(slices(part, rows))
    assert [len(some) for some in parts[:-1]] == [rows] * (len(parts) - 1)
    assert lines(join(parts, len(part))) == lines(part)
    counts = len(part.graphs.ops), part.graphs.edges.shape[1]
    assert lines(join(iter(parts), len(part), *counts)) == lines(part)


@pytest.mark.parametrize(("before", "after"), [(5, 7), (7, 5), (40, 9), (1, 40), (4, 8), (3, 100)])
def test_even_parts_hold_the_same_rows(part, before, after):
    found = list(even(slices(part, before), after))
    assert {len(some) for some in found[:-1]} <= {after}
    assert 0 < len(found[-1]) <= after
    assert [line for some in found for line in lines(some)] == lines(part)


def test_what_is_claimed_has_to_come(part):
    nodes, edges = len(part.graphs.ops), part.graphs.edges.shape[1]
    for claim in ((len(part) + 1, nodes, edges), (len(part), nodes + 1, edges)):
        with pytest.raises(ValueError, match="are claimed"):
            join([part.between(0, 3), part.between(3, len(part))], *claim)


def test_a_metric_that_a_part_lacks_is_not_measured_there(part):
    other = ArchTable.from_columns(part.graphs.part(0, 2), metrics={"loss": [1.0, 2.0]}).part
    joined = join([part.between(0, 2), other], 4)
    np.testing.assert_array_equal(joined.metrics["acc"], [0, 1, np.nan, np.nan])
    np.testing.assert_array_equal(joined.metrics["loss"], [np.nan, np.nan, 1, 2])
    assert joined.meta is None
    assert joined.ids.equals(pa.array(["1:", "2:", "0", "1"]))
