"""ArchEncoder: the graph network with a head that gives every architecture its point in the embedding space."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archgraph._compat import Data
from archgraph.checks import check_whole
from archgraph.table.table import ArchTable
from encoders.graph_network.graphs import DenseGraphs
from encoders.graph_network.network import GraphNetwork, in_parts


class ArchEncoder(nn.Module):
    """What a graph network reads out of an architecture, as coordinates of an embedding space (reconstruction).

    The same numbers come from a PyG batch (`forward`), from dense arrays (`embed`, for training) and from a table's
    columns (`encode`, fastest for many graphs).

    Args:
        latent: coordinates of the embedding.
        hidden: width of the network's node states.
        layers: its rounds of message passing.

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
        check_whole(1, latent=latent)
        self.latent = latent
        self.network = GraphNetwork(hidden, layers)
        self.head = nn.Linear(self.network.readout, latent)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.head.weight.device

    def forward(self, batch: Data) -> Tensor:
        embedding: Tensor = self.head(self.network.read_batch(batch))
        return embedding

    def embed(self, graphs: DenseGraphs) -> Tensor:
        """The embedding of each graph, [graphs, latent]."""
        embedding: Tensor = self.head(self.network(graphs))
        return embedding

    @torch.no_grad()
    def encode(self, table: ArchTable) -> Tensor:
        """The embedding of each graph, [len(table), latent] on the CPU, in the table's order."""
        return in_parts(table, self.latent, self.device, lambda part: self.head(self.network.read_columns(part)))
