"""ArchEncoder: the graph neural network that gives every architecture its point in the embedding space."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph._compat import Data
from archgraph.checks import check_whole
from archgraph.columns import GraphColumns, pointers
from archgraph.ops import OPS
from archgraph.table.table import ArchTable
from archgraph.threads import single_threads
from encoders.embedding.dense import MAX_DEPTH, DenseGraphs, dense
from encoders.embedding.encode_columns import encode_columns, runs
from encoders.embedding.message_round import MessageRound

_NODES = 1 << 17  # nodes encoded at once: bounds the memory to some hundred MB


class ArchEncoder(nn.Module):
    """A directed message-passing network; messages run along and against the data flow (reconstruction).

    A node starts from its operation's features and its depth counted from the input and from the output. The readout
    sums over nodes, so that its norm carries the graph's size. The same numbers come from a PyG batch (`forward`),
    from dense arrays (`embed`, for training) and from a table's columns (`encode`, fastest for many graphs).

    Args:
        latent: coordinates of the embedding.
        hidden: width of the node states.
        layers: rounds of message passing.

    Shapes:
        batch of graphs -> [graphs, latent]

    Raises:
        InputError: a size is no whole number from 1.

    Example:
        >>> import torch
        >>> from archgraph import ArchTable
        >>> from encoders import ArchEncoder
        >>> cells = ArchTable.read("cells.parquet")
        >>> encoder = ArchEncoder(latent=8).eval()
        >>> encoder.encode(cells).shape, torch.allclose(encoder(cells.batch()), encoder.encode(cells), atol=1e-4)
        (torch.Size([40, 8]), True)
    """

    def __init__(self, latent: int = 64, hidden: int = 64, layers: int = 3) -> None:
        super().__init__()
        check_whole(1, latent=latent, hidden=hidden, layers=layers)
        self.latent, self.hidden = latent, hidden
        self.node = nn.Linear(OPS.features().shape[1], hidden)
        self.from_input = nn.Embedding(MAX_DEPTH, hidden)
        self.from_output = nn.Embedding(MAX_DEPTH, hidden)
        self.layers = nn.ModuleList(MessageRound(hidden) for _ in range(layers))
        self.readout = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, 2 * hidden), nn.SiLU())
        self.head = nn.Linear(2 * hidden, latent)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.node.weight.device

    def forward(self, batch: Data) -> Tensor:
        edges, owner = batch.edge_index, batch.batch
        state = self.start(batch.x, depths(edges, len(batch.x)), depths(edges.flip(0), len(batch.x)))
        for layer in self.rounds:
            state = layer(state, edges)
        read = self.readout(state)
        return self.head(read.new_zeros(len(batch.ptr) - 1, read.shape[1]).index_add(0, owner, read))

    def embed(self, graphs: DenseGraphs) -> Tensor:
        """The embedding of each graph, [graphs, latent]."""
        state = self.start(graphs.ops, graphs.from_input, graphs.from_output)
        along = graphs.adjacency.transpose(1, 2).contiguous()
        for layer in self.rounds:
            state = layer.dense(state, along, graphs.adjacency)
        return self.head((self.readout(state) * graphs.present[:, :, None]).sum(1))

    @torch.no_grad()
    def encode(self, table: ArchTable) -> Tensor:
        """The embedding of each graph, [len(table), latent] on the CPU, in the table's order."""
        columns, result = table.columns, torch.empty(len(table), self.latent)
        if self.device.type == "cpu":
            parts = list(runs(table.node_ptr, _NODES))
            with single_threads(len(parts)) as workers:
                found = workers.map(lambda part: self._encoded(columns.part(*part)), parts)
                for (start, stop), embeddings in zip(parts, found, strict=True):
                    result[start:stop] = embeddings
            return result
        order = np.argsort(table.graph_sizes, kind="stable")
        for start, stop in runs(pointers(table.graph_sizes[order]), _NODES):
            rows = order[start:stop]
            result[rows] = self.embed(dense(columns.take(rows), self.device)).cpu()
        return result

    def _encoded(self, columns: GraphColumns) -> Tensor:
        return encode_columns(columns, self.start, self.rounds, self.readout, self.head)

    @property
    def rounds(self) -> list[MessageRound]:
        """The rounds of messages."""
        return [layer for layer in self.layers if isinstance(layer, MessageRound)]

    def start(self, ops: Tensor, from_input: Tensor, from_output: Tensor) -> Tensor:
        """States before the first round, of operations and depths of the same shape [...]: [..., hidden]."""
        known = self.node(torch.tensor(OPS.features(), device=ops.device))
        # Not known[ops], whose gradient threads add up in any order.
        return F.embedding(ops, known) + self.from_input(from_input) + self.from_output(from_output)


def depths(edges: Tensor, nodes: int) -> Tensor:
    """Edges on the longest path into each node of a directed acyclic graph, below MAX_DEPTH; [nodes] int64."""
    depth = torch.zeros(nodes, dtype=torch.int64, device=edges.device)
    for _ in range(MAX_DEPTH - 1):
        longer = torch.zeros_like(depth).scatter_reduce(0, edges[1], depth[edges[0]] + 1, reduce="amax")
        if torch.equal(longer, depth):
            break
        depth = longer
    return depth.clamp(max=MAX_DEPTH - 1)
