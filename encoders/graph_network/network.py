"""GraphNetwork: attention over all nodes of an architecture, and sums along and against its edges."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.ops import OPS
from archgraph.table.table import ArchTable
from archgraph.threads import single_threads
from encoders.embedding.dense import MAX_DEPTH
from encoders.graph_network.graphs import RELATIONS, RelatedGraphs, batches

_SHARE = 4.0  # by which the sum over nodes is divided, so that cells of usual size give numbers of about 1


class AttentionBlock(nn.Module):
    """Attention with a bias for each relation of two nodes, then a layer on a node and what its neighbours sum to.

    Args:
        width: of the node states.
        heads: of the attention.
        dropout: share of what both parts add that is left out while training.

    Shapes:
        state [G, N, width], graphs of N nodes, relations [G, R, N, N] -> [G, N, width]
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.before_attention, self.before_layer = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.bias = nn.Parameter(torch.zeros(heads, len(RELATIONS)))
        self.wide, self.narrow = nn.Linear(3 * width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, state: Tensor, graphs: RelatedGraphs, relations: Tensor, absent: Tensor) -> Tensor:
        state = state + self._dropped(self._attention(self.before_attention(state), relations, absent))
        return state + self._dropped(self._layer(self.before_layer(state) * graphs.present[..., None], graphs))

    def _attention(self, state: Tensor, relations: Tensor, absent: Tensor) -> Tensor:
        count, nodes, width = state.shape
        parts = self.project(state).view(count, nodes, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = parts
        bias = (self.bias @ relations.flatten(2)).view(count, self.heads, nodes, nodes)
        weights = (query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5 + bias + absent).softmax(-1)
        return self.joined((weights @ value).transpose(1, 2).reshape(count, nodes, width))

    def _layer(self, state: Tensor, graphs: RelatedGraphs) -> Tensor:
        along, against = graphs.adjacency.transpose(1, 2) @ state, graphs.adjacency @ state
        return self.narrow(F.silu(self.wide(torch.cat([state, along, against], dim=-1))))

    def _dropped(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout, self.training)


class GraphNetwork(nn.Module):
    """A graph network that reads an architecture, of a few nodes or of hundreds (reconstruction).

    A node starts from its operation's features, so that operations never seen are read by what they do, and from its
    depth counted from the input and from the output. Every node attends to all others, with a learned bias for each
    relation, as Graphormer's (Ying et al., "Do Transformers Really Perform Bad for Graph Representation?", NeurIPS
    2021); that siblings and co-parents tell of architectures is NN-Former's (Xu et al., CVPR 2025). What is read out
    is the sum of what each node tells, and what the output tells.

    Args:
        width: of the node states.
        blocks: of attention.
        heads: of the attention; they divide the width.
        dropout: while training.

    Shapes:
        graphs of N nodes -> [G, 4 * width]

    Raises:
        InputError: a size is no whole number from 1, or the heads do not divide the width.
    """

    def __init__(self, width: int = 64, blocks: int = 3, heads: int = 4, dropout: float = 0.0) -> None:
        super().__init__()
        check_whole(1, width=width, blocks=blocks, heads=heads)
        if width % heads:
            raise InputError(f"heads divide the width of {width}, but got {heads}")
        self.width, self.heads = width, heads
        self.node = nn.Linear(OPS.features().shape[1], width)
        self.from_input, self.from_output = nn.Embedding(MAX_DEPTH, width), nn.Embedding(MAX_DEPTH, width)
        self.blocks = nn.ModuleList(AttentionBlock(width, heads, dropout) for _ in range(blocks))
        self.after = nn.LayerNorm(width)
        self.of_nodes, self.of_output = nn.Linear(width, 2 * width), nn.Linear(width, 2 * width)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.node.weight.device

    @property
    def sizes(self) -> dict[str, int]:
        """The arguments that its weights depend on."""
        return {"width": self.width, "blocks": len(self.blocks), "heads": self.heads}

    @property
    def readout(self) -> int:
        """Numbers that are read out of a graph."""
        return 4 * self.width

    def forward(self, graphs: RelatedGraphs) -> Tensor:
        known = self.node(torch.tensor(OPS.features(), device=graphs.ops.device))
        # Not known[ops], whose gradient threads add up in any order.
        state = (
            F.embedding(graphs.ops, known) + self.from_input(graphs.from_input) + self.from_output(graphs.from_output)
        )
        relations = graphs.relations()
        absent = (graphs.present[:, None, None, :] - 1) * 1e9
        for block in self.blocks:
            state = block(state, graphs, relations, absent)
        state = self.after(state)
        summed = (F.silu(self.of_nodes(state)) * graphs.present[..., None]).sum(1) / _SHARE
        output = state[torch.arange(len(state), device=state.device), graphs.last]
        return torch.cat([summed, F.silu(self.of_output(output))], dim=1)

    @torch.no_grad()
    def read(self, table: ArchTable, effective: bool = False) -> Tensor:
        """What is read out of each graph, [len(table), readout] on the CPU, in the table's order."""
        result = torch.empty(len(table), self.readout)
        parts, columns = list(batches(np.asarray(table.graph_sizes))), table.columns

        def read(rows: NDArray[np.intp]) -> Tensor:
            found: Tensor = self(RelatedGraphs.of(columns.take(rows), effective, self.device))
            return found.cpu()

        with single_threads(len(parts)) as workers:
            for rows, found in zip(parts, workers.map(read, parts), strict=True):
                result[rows] = found
        return result
