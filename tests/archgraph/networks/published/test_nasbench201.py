"""NAS-Bench-201's network: published parameters and multiply-adds."""

import numpy as np
import pandas as pd
import pytest

from archgraph import spaces
from archgraph.networks.cost import Cost, cost

CONV3_CELL = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"


def test_the_largest_cell_has_its_published_cost():
    # published: 1.531546 M parameters and 220.11969 M FLOPs, where the ten biases of the last layer count too
    found = cost(spaces.get("nasbench201").from_native(CONV3_CELL), "nasbench201")
    assert found == Cost(1_531_546, 220_119_690 - 10)


@pytest.fixture(scope="module")
def counts(nasbench):
    space = spaces.get("nasbench201")
    table = pd.read_parquet(nasbench / "nb201.parquet", columns=["index", "arch_str", "params_M", "iso_id"])
    table["ours"] = [cost(space.from_native(native), space).params for native in table.arch_str]
    return table


def test_parameters_of_all_records_are_the_published_ones(nasbench, counts):
    table = counts.set_index("index")
    scores = pd.read_parquet(nasbench / "nb201_zerocost_freerea_all15625.parquet").query("dataset == 'c10'")
    published = scores.set_index("index").params_M.reindex(table.index)
    assert (np.float32(table.ours / 1e6) == published).all()
    assert len(published) == 15_625


def test_where_records_differ_they_average_over_cells_of_one_group(counts):
    other = counts[np.float32(counts.ours / 1e6) != counts.params_M]
    assert (len(counts) - len(other), len(other)) == (15_421, 204)
    groups = counts.groupby("iso_id").ours.agg(["min", "max"])
    bounds = groups.loc[other.iso_id]
    inside = (bounds["min"].to_numpy() < other.params_M * 1e6) & (other.params_M * 1e6 < bounds["max"].to_numpy())
    assert inside.all()
