"""A table gives PyG's graphs and batches."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import Subset
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader


def test_a_batch_is_the_one_that_pyg_collates(table):
    rows = [5, 0, 7, 7]
    ours, theirs = table.batch(rows), Batch.from_data_list([table[i] for i in rows])
    for key in ("x", "edge_index", "batch", "ptr"):
        assert torch.equal(ours[key], theirs[key])
    assert ours.num_graphs == 4
    assert [(g.ops, g.edges) for g in ours.to_data_list()] == [(table[i].ops, table[i].edges) for i in rows]


@pytest.mark.parametrize("rows", [slice(2, 9), slice(9, 2), slice(None, None, 7), slice(-5, None)])
def test_a_batch_of_a_slice_is_the_batch_of_its_rows(table, rows):
    ours, theirs = table.batch(rows), table.batch(np.arange(60)[rows])
    assert torch.equal(ours.edge_index, theirs.edge_index)
    assert torch.equal(ours.ptr, theirs.ptr)


def test_batches_cover_the_table_once(table):
    in_order = list(table.batches(16))
    assert [len(rows) for rows, _ in in_order] == [16, 16, 16, 12]
    shuffled = list(table.batches(16, np.random.default_rng(0)))
    assert sorted(np.concatenate([rows for rows, _ in shuffled]).tolist()) == list(range(60))
    rows, batch = shuffled[2]
    assert torch.equal(batch.x, table.batch(rows).x)


def test_it_is_used_as_a_pyg_data_set(table):
    assert len(table) == table.len() == 60
    assert table.get(3) == table[3] == Subset(table, [3])[0]
    batch = next(iter(DataLoader(table, batch_size=8)))
    assert torch.equal(batch.edge_index, table.batch(range(8)).edge_index)
    assert torch.equal(next(iter(DataLoader(table, batch_size=60, shuffle=True))).ptr[-1], table.batch().ptr[-1])
