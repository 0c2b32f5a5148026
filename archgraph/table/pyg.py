"""Graphs of columns as torch-geometric's objects; what loads torch for a table stands here."""

from __future__ import annotations

import numpy as np
import torch

from archgraph._compat import Batch, separable
from archgraph.columns import GraphColumns
from archgraph.graph import ArchGraph


def graph_at(columns: GraphColumns, row: int) -> ArchGraph:
    """Graph `row`, which is known to be an architecture."""
    node = slice(columns.node_ptr[row], columns.node_ptr[row + 1])
    edge = slice(columns.edge_ptr[row], columns.edge_ptr[row + 1])
    graph = ArchGraph()
    graph.x = torch.from_numpy(columns.ops[node].astype(np.int64))
    graph.edge_index = torch.from_numpy(columns.edges[:, edge].astype(np.int64))
    return graph


def collate(part: GraphColumns) -> Batch:
    """All graphs as one batch, which PyG can take apart again."""
    sizes, counts = np.diff(part.node_ptr), np.diff(part.edge_ptr)
    node_ptr, edge_ptr = torch.from_numpy(part.node_ptr), torch.from_numpy(part.edge_ptr)
    whole = Batch(
        _base_cls=ArchGraph,
        x=torch.from_numpy(part.ops.astype(np.int64)),
        edge_index=torch.from_numpy(part.edges + np.repeat(part.node_ptr[:-1], counts)),
        batch=torch.from_numpy(np.repeat(np.arange(len(part)), sizes)),
        ptr=node_ptr,
    )
    return separable(whole, node_ptr, edge_ptr)
