"""CodeDecoder: from a point of the embedding space back to a graph, by the code that its space gives it."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from archgraph.checks import check_whole

_BLOCKS = 3


class CodeDecoder(nn.Module):
    """A residual perceptron that gives the odds of each choice of a member's code (reconstruction).

    A space writes its members as codes, one choice at each of a number of positions; `generation.decode` turns what is
    likely into graphs by the space's own rules, so that only members come out.

    Args:
        options: choices at each position, as in `Space.options`.
        latent: coordinates of the embedding.
        hidden: width.

    Shapes:
        [points, latent] -> log-probabilities [points, positions, most options]; minus infinity where there is no choice

    Raises:
        InputError: there is no position, or a size is no whole number from 1.

    Example:
        >>> import torch
        >>> from archgraph import spaces
        >>> from encoders import CodeDecoder
        >>> decoder = CodeDecoder(spaces.get("nasbench201").options, latent=8)
        >>> decoder(torch.zeros(2, 8)).shape
        torch.Size([2, 6, 5])
    """

    def __init__(self, options: Sequence[int], latent: int, hidden: int = 512) -> None:
        super().__init__()
        check_whole(1, options=min(options, default=0), latent=latent, hidden=hidden)
        self.options, self.hidden = tuple(options), hidden
        most = max(self.options)
        self.body = nn.Sequential(
            nn.BatchNorm1d(latent, affine=False),  # coordinates differ much in scale
            nn.Linear(latent, hidden),
            *(_Residual(hidden) for _ in range(_BLOCKS)),
            nn.LayerNorm(hidden),
            nn.Linear(hidden, len(self.options) * most),
        )
        missing = torch.arange(most) >= torch.tensor(self.options)[:, None]
        self.missing: Tensor
        self.register_buffer("missing", missing, persistent=False)

    def forward(self, points: Tensor) -> Tensor:
        odds = self.body(points).view(len(points), *self.missing.shape)
        return odds.masked_fill(self.missing, -torch.inf).log_softmax(2)

    def loss(self, points: Tensor, codes: Tensor) -> Tensor:
        """Negative log-likelihood of the codes [points, positions], in nats a graph, averaged."""
        return F.nll_loss(self(points).transpose(1, 2), codes, reduction="sum") / max(1, len(points))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.missing.device

    @torch.no_grad()
    def likeliest(self, points: Tensor) -> NDArray[np.int64]:
        """The most likely code at each point, [points, positions]."""
        return self(points).argmax(2).cpu().numpy()


class _Residual(nn.Module):
    """A perceptron of two layers, added to its input."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.LayerNorm(hidden), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, hidden))

    def forward(self, state: Tensor) -> Tensor:
        return state + self.body(state)


def by_likelihood(odds: NDArray[np.float64]) -> Iterator[NDArray[np.int64]]:
    """All codes in the order of their probability, each once.

    Args:
        odds: log-probabilities of the choices of each position, [positions, most options].
    """
    order = np.argsort(-odds, axis=1, kind="stable")
    cost = np.take_along_axis(odds, order[:, :1], 1) - np.take_along_axis(odds, order, 1)
    positions, most = odds.shape
    waiting: list[tuple[float, tuple[tuple[int, int], ...]]] = [(0.0, ())]
    while waiting:
        total, changes = heapq.heappop(waiting)
        rank = np.zeros(positions, dtype=np.intp)
        for position, choice in changes:
            rank[position] = choice
        yield order[np.arange(positions), rank]
        # what follows raises the choice of the last changed position, or changes one behind it: so each code comes once
        last, choice = changes[-1] if changes else (0, 0)
        for position in range(last, positions):
            step = choice + 1 if changes and position == last else 1
            if step < most and np.isfinite(cost[position, step]):
                kept = changes[:-1] if changes and position == last else changes
                paid = cost[position, step] - (cost[position, step - 1] if kept is not changes else 0.0)
                heapq.heappush(waiting, (total + paid, (*kept, (position, step))))
