"""ArchEncoder: the graph neural network that gives every architecture its place in the embedding space."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import scatter

from archgraph.ops import OPS
from archgraph.table import ArchTable
from encoders.dense import MAX_DEPTH, DenseGraphs, dense

_NODES = 8192  # nodes encoded at once: their states stay in the cache


class ArchEncoder(nn.Module):
    """A directed message-passing network; messages run along and against the data flow (reconstruction).

    A node starts from its operation's features and its depth counted from the input and from the output. The readout
    sums over nodes, so that its norm carries the graph's size. The same numbers come from a PyG batch (`forward`) and
    from dense arrays (`embed`), which `encode` makes straight from a table's columns.

    Args:
        latent: coordinates of the embedding.
        hidden: width of the node states.
        layers: rounds of message passing.

    Shapes:
        batch of graphs -> [graphs, latent]
    """

    def __init__(self, latent: int = 64, hidden: int = 64, layers: int = 3) -> None:
        super().__init__()
        self.latent, self.hidden = latent, hidden
        self.node = nn.Linear(OPS.features().shape[1], hidden)
        self.from_input = nn.Embedding(MAX_DEPTH, hidden)
        self.from_output = nn.Embedding(MAX_DEPTH, hidden)
        self.layers = nn.ModuleList(_Layer(hidden) for _ in range(layers))
        self.readout = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, 2 * hidden), nn.SiLU())
        self.head = nn.Linear(2 * hidden, latent)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.node.weight.device

    def forward(self, batch: Data) -> Tensor:
        edges, owner = batch.edge_index, batch.batch
        state = self._start(batch.x, depths(edges, len(batch.x)), depths(edges.flip(0), len(batch.x)))
        for layer in self.layers:
            state = layer(state, edges)
        return self.head(scatter(self.readout(state), owner, dim_size=len(batch.ptr) - 1, reduce="sum"))

    def embed(self, graphs: DenseGraphs) -> Tensor:
        """The embedding of each graph, [graphs, latent]."""
        state = self._start(graphs.ops, graphs.from_input, graphs.from_output)
        along = graphs.adjacency.transpose(1, 2).contiguous()
        for layer in self.layers:
            assert isinstance(layer, _Layer)
            state = layer.dense(state, along, graphs.adjacency)
        return self.head((self.readout(state) * graphs.present[:, :, None]).sum(1))

    @torch.no_grad()
    def encode(self, table: ArchTable) -> Tensor:
        """The embedding of each graph, [len(table), latent] on the CPU, in the table's order."""
        sizes = table.graph_sizes
        order = np.argsort(sizes, kind="stable")
        result = torch.empty(len(table), self.latent)
        columns = table.columns
        for n in np.unique(sizes).tolist():
            same = order[slice(*np.searchsorted(sizes[order], [n, n + 1]))]
            for rows in np.array_split(same, -(-len(same) * n // _NODES)):
                result[rows] = self.embed(dense(columns.take(rows), self.device)).cpu()
        return result

    def _start(self, ops: Tensor, from_input: Tensor, from_output: Tensor) -> Tensor:
        known = self.node(OPS.features().to(ops.device))
        return known[ops] + self.from_input(from_input) + self.from_output(from_output)


class _Layer(MessagePassing):
    """One round of messages in both directions, with a residual connection."""

    def __init__(self, hidden: int) -> None:
        super().__init__(aggr="sum")
        self.norm = nn.LayerNorm(hidden)
        self.gather = nn.Linear(3 * hidden, hidden)
        self.update_state = nn.Linear(hidden, hidden)

    def forward(self, state: Tensor, edges: Tensor) -> Tensor:
        x = self.norm(state)
        return self._updated(state, x, self.propagate(edges, x=x), self.propagate(edges.flip(0), x=x))

    def dense(self, state: Tensor, along: Tensor, against: Tensor) -> Tensor:
        """The same for `state` [G, N, hidden]; `along` [G, N, N] sums what flows into each node, `against` out of."""
        x = self.norm(state)
        return self._updated(state, x, along @ x, against @ x)

    def message(self, x_j: Tensor) -> Tensor:
        return x_j

    def _updated(self, state: Tensor, own: Tensor, along: Tensor, against: Tensor) -> Tensor:
        return state + self.update_state(F.silu(self.gather(torch.cat([own, along, against], dim=-1))))


def depths(edges: Tensor, nodes: int) -> Tensor:
    """Edges on the longest path into each node of a directed acyclic graph, below MAX_DEPTH; [nodes] int64."""
    depth = torch.zeros(nodes, dtype=torch.int64, device=edges.device)
    for _ in range(MAX_DEPTH - 1):
        longer = scatter(depth[edges[0]] + 1, edges[1], dim_size=nodes, reduce="max")
        if torch.equal(longer, depth):
            break
        depth = longer
    return depth.clamp(max=MAX_DEPTH - 1)
