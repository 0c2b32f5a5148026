"""Small networks of differences: antisymmetric by construction, many trained at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.seeds import seeded
from encoders.delta.learners.one_cycle import OneCycleAdamW

_CLIP = 6.0  # standard deviations of a feature beyond which it counts no further
_DROPOUT = 0.1  # as the learning rate and the weight decay, chosen on validation labels (tests/benchmarks/RESULTS.md)
_ROWS = 8192  # rows scored at once
Affine = tuple[Tensor, Tensor]


class DeltaNetworks(nn.Module):
    r"""An ensemble of networks that predict the difference of two architectures (reconstruction).

    Each learner turns features into a score s and a context u, and predicts

    .. math:: \delta(a, b) = s(b) - s(a) + u(a)^\top J u(b), \qquad J^\top = -J.

    With the mean m and the difference d of u(a) and u(b), the last term is :math:`m^\top J d`: the difference of the
    two seen together with what they share. Both parts change sign when a and b are swapped, so
    delta(a, b) = -delta(b, a) and delta(a, a) = 0; only the last part lets cycles not sum to zero.

    Args:
        features: coordinates of an architecture.
        learners: networks in the ensemble.
        hidden: width of a network.
        context: coordinates of u, an even number; 0 leaves it out.

    Shapes:
        x: [N, features] -> scores [learners, N], contexts [learners, N, context]

    Raises:
        InputError: a size makes no sense, or the context is odd.
    """

    center: Tensor
    scale: Tensor

    def __init__(self, features: int, learners: int = 8, hidden: int = 128, context: int = 8) -> None:
        super().__init__()
        check_whole(0, features=features, context=context)
        check_whole(1, learners=learners, hidden=hidden)
        if context % 2:
            raise InputError(f"context is an even number, since its halves are paired, but got {context}")
        self.features, self.learners, self.hidden, self.context = features, learners, hidden, context
        self.register_buffer("center", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for inputs, outputs in ((features, hidden), (hidden, hidden), (hidden, 1 + context)):
            self.weights.append(nn.Parameter(torch.randn(learners, inputs, outputs) / max(inputs, 1) ** 0.5))
            self.biases.append(nn.Parameter(torch.zeros(learners, 1, outputs)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        standard = ((x - self.center) / self.scale).clamp(-_CLIP, _CLIP)
        return _scores(standard.expand(self.learners, -1, -1), self.layers, nn.Identity())

    @property
    def layers(self) -> list[Affine]:
        """Weights [learners, inputs, outputs] and biases [learners, 1, outputs] of each layer."""
        return list(zip(self.weights, self.biases, strict=True))

    @torch.no_grad()
    def embed(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Scores and contexts of rows [N, features], computed in parts: one encoding each."""
        parts = [self(part.to(self.center.device)) for part in x.split(_ROWS)]
        return torch.cat([s.cpu() for s, _ in parts], dim=1), torch.cat([u.cpu() for _, u in parts], dim=1)


def context_term(u: Tensor, v: Tensor) -> Tensor:
    """u^T J v over the last dimension, J pairing its halves; changes sign when u and v are swapped."""
    half = u.shape[-1] // 2
    return (u[..., :half] * v[..., half:] - u[..., half:] * v[..., :half]).sum(-1)


def train_networks(x: Tensor, y: Tensor, seed: int, device: str = "cpu", **settings: Any) -> DeltaNetworks:
    """Networks fitted to all differences within random batches of the labelled architectures.

    Args:
        x: features, [N, F].
        y: targets, [N], of variance about 1.
        seed: of weights, batches and dropout.
        device: where to train; the networks come back to the CPU.
        settings: further ones of `train_side_by_side`.
    """
    return train_side_by_side(x[None], y[None], seed, device, **settings)[0]


def train_side_by_side(
    x: Tensor,
    y: Tensor,
    seed: int,
    device: str = "cpu",
    epochs: int = 150,
    rate: float = 3e-3,
    pairs: float = 1.0,
    **shape: int,
) -> list[DeltaNetworks]:
    """Networks for each of S sets of labels of the same size, each as `train_networks` gives them for that set alone.

    All sets start from the same weights and see the same rows and the same dropout, so these are drawn once.

    Args:
        x: features, [S, N, F].
        y: targets, [S, N], each set's of variance about 1.
        seed: of weights, batches and dropout.
        device: where to train; the networks come back to the CPU.
        epochs: passes over the rows; with many rows there are fewer.
        rate: largest learning rate.
        pairs: weight of the differences in the loss; absolute values have a tenth, or all where this is 0.
        shape: `learners`, `hidden` and `context`.
    """
    sets, count, features = x.shape
    with seeded(seed):
        start = DeltaNetworks(features, **shape)
        spread = x.std(dim=1, correction=0)
        center, scale = x.mean(dim=1), torch.where(spread > 1e-6, spread, torch.inf)
        rows = ((x - center[:, None]) / scale[:, None]).clamp(-_CLIP, _CLIP).to(device)
        trained = [deepcopy(start).to(device) for _ in range(sets)]
        parameters = [parameter for networks in trained for parameter in networks.parameters()]
        size = min(count, 64)
        steps = min(max(epochs * count // size, 150), 2500)
        optimizer = OneCycleAdamW(parameters, rate, steps + 1, weight_decay=0.05)
        for _ in range(steps):
            picked = torch.rand(start.learners, count).argsort(dim=1)[:, :size].to(device)
            layers = [_joined(same) for same in zip(*(networks.layers for networks in trained), strict=True)]
            score, context = _scores(rows[:, picked].flatten(0, 1), layers, partial(_dropped, sets=sets))
            loss = _loss(score, context, y.to(device)[:, picked].flatten(0, 1), pairs)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    for number, networks in enumerate(trained):
        networks.center.copy_(center[number])
        networks.scale.copy_(scale[number])
    return [networks.cpu().eval() for networks in trained]


def _joined(layers: Sequence[Affine]) -> Affine:
    """The same layer of several sets of learners as one."""
    if len(layers) == 1:
        return layers[0]
    return torch.cat([weights for weights, _ in layers]), torch.cat([biases for _, biases in layers])


def _scores(x: Tensor, layers: Sequence[Affine], dropout: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """Scores [learners, N] and contexts [learners, N, context] of standardised rows [learners, N, features]."""
    first, second, last = layers
    h = nn.functional.silu(_layer(first, dropout(x)))
    h = h + nn.functional.silu(_layer(second, dropout(h)))
    made = _layer(last, h)
    return made[..., 0], made[..., 1:] / max(made.shape[2] - 1, 1) ** 0.5


def _layer(layer: Affine, x: Tensor) -> Tensor:
    weights, biases = layer
    return torch.baddbmm(biases, x, weights)


def _dropped(x: Tensor, sets: int) -> Tensor:
    """Dropout that is the same for each of so many sets of learners, [sets * learners, ...]."""
    if sets == 1:
        return nn.functional.dropout(x, _DROPOUT)
    each = x.unflatten(0, (sets, -1))
    return (each * nn.functional.dropout(torch.ones_like(each[0]), _DROPOUT)).flatten(0, 1)


def _loss(score: Tensor, context: Tensor, y: Tensor, pairs: float) -> Tensor:
    """Squared error of the differences of all pairs, and a little of the absolute values; summed over learners."""
    values = (score - y).square().mean(1)
    if not pairs:
        return values.sum()
    wrong = score - y
    half = context.shape[-1] // 2
    one_way = context[..., :half] @ context[..., half:].mT  # context terms of all pairs, without those of swapped ones
    errors = (wrong[:, None] - wrong[:, :, None] + one_way - one_way.mT).square().mean((1, 2)) / 2
    return (pairs * errors + 0.1 * values).sum()
