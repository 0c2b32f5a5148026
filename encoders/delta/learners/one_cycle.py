"""AdamW with a learning rate that rises and falls once."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import nn
from torch.optim.adamw import adamw

_RISE = 0.3  # share of the steps in which the rate rises; these five are OneCycleLR's own
_START, _END = 25.0, 1e4  # the largest rate over the first, and the first over the last
_SLOW, _FAST = 0.95, 0.85  # decay of the mean gradient at the smallest and at the largest rate
_BETA2, _EPS = 0.999, 1e-8  # AdamW's own


class OneCycleAdamW:
    """`torch.optim.AdamW` under `torch.optim.lr_scheduler.OneCycleLR`, to the bit, without what these classes load.

    Their constructor loads torch's compiler, which takes longer than many a training here. The method is Loshchilov and
    Hutter, "Decoupled Weight Decay Regularization" (ICLR 2019); the schedule Smith and Topin, "Super-Convergence:
    Very Fast Training of Neural Networks Using Large Learning Rates" (2018).

    Args:
        parameters: what is trained; each needs a gradient at every step.
        rate: largest learning rate.
        steps: at most.
        weight_decay: of AdamW.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], rate: float, steps: int, weight_decay: float) -> None:
        self.parameters = list(parameters)
        self.rate, self.steps, self.weight_decay = rate, steps, weight_decay
        self._means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self._counts = [torch.zeros((), device=parameter.device) for parameter in self.parameters]
        self._done = 0

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Take a step along the gradients."""
        rate, beta1 = self._schedule()
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        adamw(
            list(self.parameters),
            gradients,
            self._means,
            self._squares,
            [],
            self._counts,
            fused=True,
            amsgrad=False,
            beta1=beta1,
            beta2=_BETA2,
            lr=rate,
            weight_decay=self.weight_decay,
            eps=_EPS,
            maximize=False,
        )
        self._done += 1

    def _schedule(self) -> tuple[float, float]:
        """The learning rate, and the decay of the mean gradient, of the next step."""
        first, last = self.rate / _START, self.rate / _START / _END
        peak, end = float(_RISE * self.steps) - 1, float(self.steps - 1)
        if self._done <= peak:
            share = self._done / peak
            return _between(first, self.rate, share), _between(_SLOW, _FAST, share)
        share = (self._done - peak) / (end - peak)
        return _between(self.rate, last, share), _between(_FAST, _SLOW, share)


def _between(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)
