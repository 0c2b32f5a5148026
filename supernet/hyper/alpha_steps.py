r"""Steps of the architecture parameters.

* `natural`: a natural gradient step of the softmax,
  :math:`\alpha_{ij} \leftarrow \alpha_{ij} - \eta\,(g_{ij} - \bar g_i) / \mathrm{rms}_j(g_{ij} - \bar g_i)`, with g the
  gradient for cell j's weight in the mixture of row i: rows far from the loss take steps as large as the last
  (reconstruction; measured in tests/benchmarks/RESULTS.md).
* `adam`: DARTS' own (Liu et al. 2019): Adam with betas .5 and .999, weight decay 1e-3.
* `sgd`: plain gradient descent.
* `joint`: none of their own; they stand among the weights in one optimiser, single-level (FaDE, first author's research
  code, mode "trivial").
* `substitution`: a natural gradient step on the expected loss when one row takes a single cell, drawn from its softmax,
  in place of its mixture: :math:`\alpha_{ij} \leftarrow \alpha_{ij} - \eta\,(L_{ij} - \bar L_i)`, with the losses of
  `supernet.hyper.sampled_effects`. It sees the whole way from the mixture to the cell alone, not the slope at the
  mixture, and keeps the rows' own scales (reconstruction; measured in tests/benchmarks/RESULTS.md).
* `paths`: the same step on the expected loss of paths, one source of every mixture drawn from its softmax, of which
  each image runs a few. Each tells of one source in every mixture that counts for it, so mixtures that hold mixtures
  are seen at every level at once (Akimoto et al., "Adaptive stochastic natural gradient method for one-shot neural
  architecture search", 2019; here each image has paths of its own, and its mean is taken off).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from archgraph.checks import check_choice

ALPHA_STEPS = ("natural", "adam", "sgd", "substitution", "paths", "joint")


class AlphaStep:
    """One rule of steps.

    Args:
        kind: one of `ALPHA_STEPS`.
        alphas: architecture parameters, d vectors.
        rate: learning rate; with `natural` the root mean square of a row's step.

    Raises:
        InputError: there is no such kind.
    """

    def __init__(self, kind: str, alphas: Sequence[nn.Parameter], rate: float) -> None:
        check_choice(ALPHA_STEPS, kind=kind)
        self.kind, self.alphas, self.rate = kind, list(alphas), rate
        self.optimizer: torch.optim.Optimizer = torch.optim.SGD(self.alphas, rate)
        if kind == "adam":
            self.optimizer = torch.optim.Adam(self.alphas, rate, (0.5, 0.999), weight_decay=1e-3)

    @torch.no_grad()
    def __call__(self, gradients: Sequence[Tensor]) -> None:
        """Take one step along gradients with respect to the architecture parameters."""
        for alpha, gradient in zip(self.alphas, gradients, strict=True):
            alpha.grad = self._natural(alpha, gradient) if self.kind == "natural" else gradient.clone()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def _natural(self, alpha: Tensor, gradient: Tensor) -> Tensor:
        natural = gradient / alpha.softmax(0)
        natural = natural - natural.mean()
        return natural / natural.square().mean().sqrt().clamp(min=1e-12)
