"""ArchEncoder: the graph neural network that gives every architecture its place in the embedding space."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.data import Data
from torch_geometric.nn import MessagePassing
from torch_geometric.utils import scatter

from archgraph.ops import OPS
from archgraph.table import ArchTable

MAX_DEPTH = 32  # deeper nodes share a position


class ArchEncoder(nn.Module):
    """A directed message-passing network; messages run along and against the data flow (reconstruction).

    A node starts from its operation's features and its depth counted from the input and from the output. The readout
    sums over nodes, so that its norm carries the graph's size.

    Args:
        latent: coordinates of the embedding.
        hidden: width of the node states.
        layers: rounds of message passing.

    Shapes:
        batch of graphs -> mean and log-variance of the embedding, each [graphs, latent]
    """

    def __init__(self, latent: int = 8, hidden: int = 64, layers: int = 4) -> None:
        super().__init__()
        self.latent, self.hidden = latent, hidden
        self.node = nn.Linear(OPS.features().shape[1], hidden)
        self.from_input = nn.Embedding(MAX_DEPTH, hidden)
        self.from_output = nn.Embedding(MAX_DEPTH, hidden)
        self.layers = nn.ModuleList(_Layer(hidden) for _ in range(layers))
        self.readout = nn.Sequential(nn.Linear(hidden, hidden), nn.SiLU())
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)

    def forward(self, batch: Data) -> tuple[Tensor, Tensor]:
        x, edges, owner = batch.x, batch.edge_index, batch.batch
        state = self.node(OPS.features().to(x.device)[x])
        state = state + self.from_input(depths(edges, len(x))) + self.from_output(depths(edges.flip(0), len(x)))
        for layer in self.layers:
            state = layer(state, edges)
        pooled = scatter(self.readout(state), owner, dim_size=len(batch.ptr) - 1, reduce="sum")
        return self.mean(pooled), self.log_variance(pooled)

    @torch.no_grad()
    def encode(self, table: ArchTable, batch_size: int = 1024) -> Tensor:
        """The embedding of each graph, [len(table), latent] on the CPU, in the table's order."""
        training = self.training
        self.eval()
        device = self.log_variance.weight.device
        parts = [
            self(table.batch(slice(start, start + batch_size)).to(device))[0].cpu()
            for start in range(0, len(table), batch_size)
        ]
        self.train(training)
        return torch.cat(parts) if parts else torch.empty(0, self.latent)


class _Layer(MessagePassing):
    """One round of messages in both directions, with a residual connection."""

    def __init__(self, hidden: int) -> None:
        super().__init__(aggr="sum")
        self.norm = nn.LayerNorm(hidden)
        self.update_state = nn.Sequential(nn.Linear(3 * hidden, hidden), nn.SiLU(), nn.Linear(hidden, hidden))

    def forward(self, state: Tensor, edges: Tensor) -> Tensor:
        x = self.norm(state)
        along, against = self.propagate(edges, x=x), self.propagate(edges.flip(0), x=x)
        return state + self.update_state(torch.cat([x, along, against], dim=1))

    def message(self, x_j: Tensor) -> Tensor:
        return x_j


def depths(edges: Tensor, nodes: int) -> Tensor:
    """Edges on the longest path into each node of a directed acyclic graph, at most MAX_DEPTH - 1; [nodes] int64."""
    depth = torch.zeros(nodes, dtype=torch.int64, device=edges.device)
    for _ in range(MAX_DEPTH - 1):
        longer = scatter(depth[edges[0]] + 1, edges[1], dim_size=nodes, reduce="max")
        if torch.equal(longer, depth):
            break
        depth = longer
    return depth.clamp(max=MAX_DEPTH - 1)
