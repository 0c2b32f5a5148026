"""GraphDecoder: from a point of the embedding space back to a graph."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.errors import GraphError, InputError
from archgraph.graph import ArchGraph, prune
from archgraph.ops import OPS
from archgraph.table import ArchTable


class GraphDecoder(nn.Module):
    """A recurrent network that writes a graph node by node in canonical order (reconstruction, after D-VAE).

    For each node it gives the odds of every operation, then, knowing the operation, of an edge from every earlier
    node; what it has written so far is its state, and the point in the embedding space is read at every step.

    Args:
        ops: the operations that can occur; one more class says that the graph has ended.
        nodes: N, nodes of the largest graph.
        latent: coordinates of the embedding.
    """

    def __init__(self, ops: list[str], nodes: int, latent: int, hidden: int = 128) -> None:
        super().__init__()
        self.ops, self.nodes = ops, nodes
        self.start = nn.Linear(latent, hidden)
        self.op = nn.Embedding(len(ops) + 1, hidden)
        self.sources = nn.Linear(nodes, hidden, bias=False)
        self.recurrent = nn.GRU(hidden, hidden, batch_first=True)
        self.op_head = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.SiLU(), nn.Linear(hidden, len(ops) + 1))
        self.target = nn.Linear(3 * hidden, hidden)
        self.source = nn.Linear(hidden, hidden)
        self.edge_bias = nn.Parameter(torch.zeros(()))

    def forward(self, z: Tensor, classes: Tensor, edges: Tensor) -> tuple[Tensor, Tensor]:
        """Logits at every node, given all nodes before it.

        Shapes:
            z [G, latent], classes [G, N], edges [G, N, N] (source, target)
            -> operation logits [G, N, len(ops) + 1], edge logits [G, N, N]
        """
        point = self.start(z)[:, None]
        written = point + self.op(classes) + self.sources(edges.transpose(1, 2))
        after, _ = self.recurrent(torch.cat([point, written], dim=1))
        before, own = after[:, :-1], after[:, 1:]
        context = torch.cat([before, point.expand_as(before)], dim=2)
        target = self.target(torch.cat([context, self.op(classes)], dim=2))
        match = self.source(own) @ F.silu(target).transpose(1, 2) * own.shape[2] ** -0.5
        return self.op_head(context), match + self.edge_bias

    def targets(self, table: ArchTable) -> tuple[Tensor, Tensor]:
        """What the decoder should write: operation classes [G, N] int64, edges [G, N, N] float32.

        Raises:
            InputError: a graph is larger, or holds an operation that the decoder does not know.
        """
        if len(table) and table.graph_sizes.max() > self.nodes:
            raise InputError(
                f"this decoder knows graphs of up to {self.nodes} nodes, but got {table.graph_sizes.max()}"
            )
        classes = np.full((len(table), self.nodes), len(self.ops))
        edges = np.zeros((len(table), self.nodes, self.nodes), dtype=np.float32)
        known = {name: i for i, name in enumerate(self.ops)}
        for g, graph in enumerate(table):
            form = graph.canonical()
            if other := set(form.ops) - set(known):
                raise InputError(f"this decoder does not know the operation {min(other)}")
            classes[g, : len(form.ops)] = [known[name] for name in form.ops]
            edges[g, form.edge_index[0], form.edge_index[1]] = 1.0
        return torch.from_numpy(classes), torch.from_numpy(edges)

    def loss(self, z: Tensor, classes: Tensor, edges: Tensor) -> Tensor:
        """Negative log-likelihood of the targets, in nats a graph, averaged over the batch."""
        op_logits, edge_logits = self(z, classes, edges)
        op_loss = F.cross_entropy(op_logits.transpose(1, 2), classes, reduction="sum")
        edge_loss = F.binary_cross_entropy_with_logits(
            edge_logits, edges, weight=self._possible(classes), reduction="sum"
        )
        return (op_loss + edge_loss) / len(z)

    @torch.no_grad()
    def write(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The graph that is most likely at each point, node by node: classes [G, N] and edges [G, N, N]."""
        end = len(self.ops)
        classes = torch.full((len(z), self.nodes), end, device=z.device)
        edges = torch.zeros(len(z), self.nodes, self.nodes, device=z.device)
        for node in range(self.nodes):
            op_logits, _ = self(z, classes, edges)
            classes[:, node] = op_logits[:, node].argmax(1)
            _, edge_logits = self(z, classes, edges)
            edges[:, :node, node] = (edge_logits[:, :node, node] > 0).float()
            if node:  # nothing follows the end
                ended = classes[:, node - 1] == end
                classes[ended, node] = end
            edges[classes[:, node] == end, :, node] = 0.0
        return classes, edges

    def decode(self, z: Tensor) -> list[ArchGraph | None]:
        """The most likely graph at each point, pruned to its input-output paths; None where there is no such path."""
        graphs: list[ArchGraph | None] = []
        for classes, linked in zip(*(t.cpu() for t in self.write(z)), strict=True):
            ops = [self.ops[c] for c in classes.tolist() if c < len(self.ops)]
            try:
                graphs.append(ArchGraph(*prune(ops, [(s, t) for s, t in linked.nonzero().tolist()])))
            except GraphError:
                graphs.append(None)
        return graphs

    def _possible(self, classes: Tensor) -> Tensor:
        """1 for pairs of present nodes in topological order, 0 elsewhere; [G, N, N]."""
        present = (classes < len(self.ops)).float()
        return torch.triu(present[:, :, None] * present[:, None, :], diagonal=1)


def decoder_for(table: ArchTable, latent: int) -> GraphDecoder:
    """A decoder just large enough for the graphs of `table`."""
    ops = sorted({OPS[i].name for i in np.unique(table.op_index)})
    return GraphDecoder(ops, int(table.graph_sizes.max()), latent)
