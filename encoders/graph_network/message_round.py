"""One round of messages along and against the data flow."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class MessageRound(nn.Module):
    """One round of messages in both directions, with a residual connection.

    Args:
        hidden: width of the node states.
        dropout: share of what is added to a state that is left out while training.

    Shapes:
        states [nodes, hidden], edges [2, E] (sources, targets) -> states [nodes, hidden]
    """

    def __init__(self, hidden: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout
        self.norm = nn.LayerNorm(hidden)
        self.project = nn.Linear(hidden, 3 * hidden)
        self.combine = nn.Linear(hidden, hidden)

    def forward(self, state: Tensor, edges: Tensor) -> Tensor:
        own, along, against = self.messages(state)
        source, target = edges
        received = own.index_add(0, target, along.index_select(0, source))
        received = received.index_add(0, source, against.index_select(0, target))
        return state + self.update_of(received)

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
        return F.dropout(self.combine(F.silu(received)), self.dropout, self.training)
