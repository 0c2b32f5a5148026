"""One round of messages along and against the data flow."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from archgraph._compat import scatter


class MessageRound(nn.Module):
    """One round of messages in both directions, with a residual connection."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.project = nn.Linear(hidden, 3 * hidden)
        self.combine = nn.Linear(hidden, hidden)

    def forward(self, state: Tensor, edges: Tensor) -> Tensor:
        own, along, against = self.messages(state)
        return state + self.update_of(own + _received(along, edges) + _received(against, edges.flip(0)))

    def dense(self, state: Tensor, into: Tensor, out_of: Tensor) -> Tensor:
        """The same for `state` [G, N, hidden]; `into` [G, N, N] sums what flows into each node, `out_of` what comes
        back to it."""
        own, along, against = self.messages(state)
        return state + self.update_of(own + into @ along + out_of @ against)

    def messages(self, state: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What a node keeps, what it sends along the data flow, and what it sends against it; shaped as `state`."""
        own, along, against = self.project(self.norm(state)).chunk(3, dim=-1)
        return own, along, against

    def update_of(self, received: Tensor) -> Tensor:
        """What is added to the state of a node that keeps and receives `received`."""
        return self.combine(F.silu(received))


def _received(sent: Tensor, edges: Tensor) -> Tensor:
    """The sum of what each node is sent: `sent` [nodes, hidden] along `edges` [2, edges], sources and targets."""
    return scatter(sent.index_select(0, edges[0]), edges[1], dim_size=len(sent), reduce="sum")
