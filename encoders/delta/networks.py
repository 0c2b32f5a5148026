"""Small networks of differences: antisymmetric by construction, many members trained at once."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.seeds import seeded

_CLIP = 6.0  # standard deviations of a feature beyond which it counts no further
_ROWS = 8192  # rows scored at once


class DeltaNetworks(nn.Module):
    r"""An ensemble of networks that predict the difference of two architectures (reconstruction).

    Each member turns features into a score s and a context u, and predicts

    .. math:: \delta(a, b) = s(b) - s(a) + u(a)^\top J u(b), \qquad J^\top = -J.

    With the mean m and the difference d of u(a) and u(b), the last term is :math:`m^\top J d`: the difference of the
    two seen together with what they share. Both parts change sign when a and b change places, so
    delta(a, b) = -delta(b, a) and delta(a, a) = 0; only the last part lets cycles not sum to zero.

    Args:
        features: coordinates of an architecture.
        members: networks in the ensemble.
        hidden: width of a network.
        context: coordinates of u, an even number; 0 leaves it out.

    Shapes:
        x: [N, features] -> scores [members, N], contexts [members, N, context]

    Raises:
        InputError: a size makes no sense, or the context is odd.
    """

    center: Tensor
    scale: Tensor

    def __init__(self, features: int, members: int = 8, hidden: int = 128, context: int = 8) -> None:
        super().__init__()
        check_whole(0, features=features, context=context)
        check_whole(1, members=members, hidden=hidden)
        if context % 2:
            raise InputError(f"context is an even number, since its halves are paired, but got {context}")
        self.features, self.members, self.hidden, self.context = features, members, hidden, context
        self.register_buffer("center", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for inputs, outputs in ((features, hidden), (hidden, hidden), (hidden, 1 + context)):
            self.weights.append(nn.Parameter(torch.randn(members, inputs, outputs) / max(inputs, 1) ** 0.5))
            self.biases.append(nn.Parameter(torch.zeros(members, 1, outputs)))

    def forward(self, x: Tensor, dropout: float = 0.0) -> tuple[Tensor, Tensor]:
        x = ((x - self.center) / self.scale).clamp(-_CLIP, _CLIP).expand(self.members, -1, -1) if x.dim() == 2 else x
        h = nn.functional.silu(self._layer(0, nn.functional.dropout(x, dropout)))
        h = h + nn.functional.silu(self._layer(1, nn.functional.dropout(h, dropout)))
        made = self._layer(2, h)
        return made[..., 0], made[..., 1:] / max(self.context, 1) ** 0.5

    def _layer(self, number: int, x: Tensor) -> Tensor:
        return torch.baddbmm(self.biases[number], x, self.weights[number])

    @torch.no_grad()
    def embed(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores and contexts of rows [N, features], computed in parts: one encoding each."""
        parts = [self(part.to(self.center.device)) for part in x.split(_ROWS)]
        return torch.cat([s.cpu() for s, _ in parts], dim=1), torch.cat([u.cpu() for _, u in parts], dim=1)


def twist(u: Tensor, v: Tensor) -> Tensor:
    """u^T J v over the last dimension, J pairing its halves; changes sign when u and v change places."""
    half = u.shape[-1] // 2
    return (u[..., :half] * v[..., half:] - u[..., half:] * v[..., :half]).sum(-1)


def train_networks(
    x: Tensor,
    y: Tensor,
    seed: int,
    device: str = "cpu",
    passes: int = 150,
    rate: float = 3e-3,
    pairs: float = 1.0,
    **shape: int,
) -> DeltaNetworks:
    """Networks fitted to all differences within random batches of the labelled architectures.

    Args:
        x: features, [N, F].
        y: targets, [N], of variance about 1.
        seed: of weights, batches and dropout.
        device: where to train; the networks come back to the CPU.
        passes: over the rows; with many rows there are fewer.
        rate: largest learning rate.
        pairs: weight of the differences in the loss; absolute values have a tenth, or all where this is 0.
        shape: `members`, `hidden` and `context`.
    """
    with seeded(seed):
        networks = DeltaNetworks(x.shape[1], **shape)
        spread = x.std(dim=0, correction=0)
        networks.center.copy_(x.mean(dim=0))
        networks.scale.copy_(torch.where(spread > 1e-6, spread, torch.inf))
        networks = networks.to(device)
        rows = ((x.to(device) - networks.center) / networks.scale).clamp(-_CLIP, _CLIP)
        size = min(len(x), 64)
        steps = min(max(passes * len(x) // size, 150), 2500)
        optimizer = torch.optim.AdamW(networks.parameters(), rate, weight_decay=0.05, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1)
        for _ in range(steps):
            picked = torch.rand(networks.members, len(x)).argsort(dim=1)[:, :size]
            score, context = networks(rows[picked.to(device)], dropout=0.1)
            loss = _loss(score, context, y[picked].to(device), pairs)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return networks.cpu().eval()


def _loss(score: Tensor, context: Tensor, y: Tensor, pairs: float) -> Tensor:
    """Squared error of the differences of all pairs, and a little of the absolute values; summed over members."""
    values = (score - y).square().mean(1)
    if not pairs:
        return values.sum()
    wrong = score - y
    half = context.shape[-1] // 2
    one_way = context[..., :half] @ context[..., half:].mT  # the twists of all pairs, without those of swapped pairs
    errors = (wrong[:, None] - wrong[:, :, None] + one_way - one_way.mT).square().mean((1, 2)) / 2
    return (pairs * errors + 0.1 * values).sum()
