"""GraphNetwork: messages along and against the data flow, and what is read out of an architecture."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph._compat import Data
from archgraph.checks import check_whole
from archgraph.columns import GraphColumns
from archgraph.ops import OPS
from archgraph.table.table import ArchTable
from archgraph.threads import single_threads
from encoders.graph_network.graphs import MAX_DEPTH, DenseGraphs, batches, may_be_silent
from encoders.graph_network.message_round import MessageRound
from encoders.graph_network.shared_states import read_sharing_states, runs

_NODES = 1 << 17  # nodes read at once: bounds the memory to some hundred MB
SHARE = 4.0  # by which the sum over nodes is divided, so that cells of usual size give numbers of about 1


class GraphNetwork(nn.Module):
    """A directed message-passing network that reads an architecture, of a few nodes or of hundreds (reconstruction).

    A node starts from its operation's features, so that operations never seen are read by what they do, and from its
    depth counted from the input and from the output. What is read out is the sum of what each node tells, whose norm
    carries the graph's size, and what the output tells. The same numbers come from dense arrays (for training), from
    a PyG batch, and from a table's columns (fastest for many graphs).

    Args:
        hidden: width of the node states.
        layers: rounds of message passing.
        dropout: share of what a round adds that is left out while training.

    Shapes:
        graphs of N nodes -> [G, 4 * hidden]

    Raises:
        InputError: a size is no whole number from 1.
    """

    def __init__(self, hidden: int = 64, layers: int = 3, dropout: float = 0.0) -> None:
        super().__init__()
        check_whole(1, hidden=hidden, layers=layers)
        self.hidden = hidden
        self.node = nn.Linear(OPS.features().shape[1], hidden)
        self.from_input, self.from_output = nn.Embedding(MAX_DEPTH, hidden), nn.Embedding(MAX_DEPTH, hidden)
        self.layers = nn.ModuleList(MessageRound(hidden, dropout) for _ in range(layers))
        self.after = nn.LayerNorm(hidden)
        self.of_nodes, self.of_output = nn.Linear(hidden, 2 * hidden), nn.Linear(hidden, 2 * hidden)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.node.weight.device

    @property
    def sizes(self) -> dict[str, int]:
        """The arguments that its weights depend on."""
        return {"hidden": self.hidden, "layers": len(self.layers)}

    @property
    def readout(self) -> int:
        """Numbers that are read out of a graph."""
        return 4 * self.hidden

    @property
    def rounds(self) -> list[MessageRound]:
        """The rounds of messages."""
        return [layer for layer in self.layers if isinstance(layer, MessageRound)]

    def forward(self, graphs: DenseGraphs) -> Tensor:
        state = self.start(graphs.ops, graphs.from_input, graphs.from_output)
        along = graphs.adjacency.transpose(1, 2).contiguous()
        for layer in self.rounds:
            state = layer.dense(state, along, graphs.adjacency)
        state = self.after(state)
        summed = (F.silu(self.of_nodes(state)) * graphs.present[..., None]).sum(1)
        output = state[torch.arange(len(state), device=state.device), graphs.last]
        return self._joined(summed, output)

    def read_batch(self, batch: Data) -> Tensor:
        """What is read out of each graph of a PyG batch, [graphs, readout]; a graph's output is its last node."""
        edges, nodes = batch.edge_index, len(batch.x)
        state = self.start(batch.x, depths(edges, nodes), depths(edges.flip(0), nodes))
        for layer in self.rounds:
            state = layer(state, edges)
        return self._pooled(state, batch.ptr.diff())

    @torch.no_grad()
    def read_columns(self, columns: GraphColumns, effective: bool = False) -> Tensor:
        """What is read out of each graph, [len(columns), readout], where the network is and in one thread.

        Args:
            columns: the graphs.
            effective: read only what is on effective paths.
        """
        if self.device.type == "cpu" and not (effective and may_be_silent(columns)):
            return read_sharing_states(columns, self.start, self.rounds, self._pooled, self.readout)
        result = torch.empty(len(columns), self.readout)
        for rows in batches(columns.sizes):
            result[rows] = self(DenseGraphs.of(columns.take(rows), effective, self.device)).cpu()
        return result.to(self.device)

    def read(self, table: ArchTable, effective: bool = False) -> Tensor:
        """What is read out of each graph, [len(table), readout] on the CPU, in the table's order."""
        return in_parts(table, self.readout, self.device, lambda columns: self.read_columns(columns, effective))

    def start(self, ops: Tensor, from_input: Tensor, from_output: Tensor) -> Tensor:
        """States before the first round, of operations and depths of the same shape [...]: [..., hidden]."""
        known = self.node(torch.tensor(OPS.features(), device=ops.device))
        # Not known[ops], whose gradient threads add up in any order.
        return F.embedding(ops, known) + self.from_input(from_input) + self.from_output(from_output)

    def _pooled(self, state: Tensor, sizes: Tensor) -> Tensor:
        """What is read out of graphs of so many nodes [G], given the states of all, graph by graph, [nodes, hidden]."""
        state = self.after(state)
        summed = torch.segment_reduce(F.silu(self.of_nodes(state)), "sum", lengths=sizes, unsafe=True)
        return self._joined(summed, state[sizes.cumsum(0) - 1])

    def _joined(self, summed: Tensor, output: Tensor) -> Tensor:
        return torch.cat([summed / SHARE, F.silu(self.of_output(output))], dim=1)


def in_parts(table: ArchTable, width: int, device: torch.device, read: Callable[[GraphColumns], Tensor]) -> Tensor:
    """What `read` gives on a device, [graphs, width], of a table's graphs in parts: [len(table), width] on the CPU.

    Several parts are read at once where the device is the CPU.
    """
    result, columns = torch.empty(len(table), width), table.columns
    parts = list(runs(table.node_ptr, _NODES))
    with single_threads(len(parts)) if device.type == "cpu" else nullcontext() as workers:
        each = workers.map if workers else map
        for (start, stop), values in zip(parts, each(lambda part: read(columns.part(*part)), parts), strict=True):
            result[start:stop] = values.cpu()
    return result


def depths(edges: Tensor, nodes: int) -> Tensor:
    """Edges on the longest path into each node of a directed acyclic graph, below MAX_DEPTH; [nodes] int64."""
    depth = torch.zeros(nodes, dtype=torch.int64, device=edges.device)
    for _ in range(MAX_DEPTH - 1):
        longer = torch.zeros_like(depth).scatter_reduce(0, edges[1], depth[edges[0]] + 1, reduce="amax")
        if torch.equal(longer, depth):
            break
        depth = longer
    return depth.clamp(max=MAX_DEPTH - 1)
