"""DARTS' second-order gradient of the architecture parameters (Liu et al. 2019, equations 7 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from supernet.images.splits import Images

LossOf = Callable[[Images, Sequence[Tensor]], Tensor]


def unrolled_gradients(
    loss_of: LossOf,
    weights: Sequence[Tensor],
    alphas: Sequence[Tensor],
    mixtures: Sequence[Tensor],
    batch: Images,
    other: Images,
    rate: float,
) -> list[Tensor]:
    r"""The gradient of the held-out loss at weights that have taken one step of plain gradient descent.

    .. math:: \nabla_\alpha L_{val}(w', \alpha) - \xi\,
        \frac{\nabla_\alpha L_{train}(w^+, \alpha) - \nabla_\alpha L_{train}(w^-, \alpha)}{2 \epsilon},
        \quad w' = w - \xi \nabla_w L_{train}(w, \alpha), \quad w^\pm = w \pm \epsilon \nabla_{w'} L_{val}(w', \alpha)

    with :math:`\epsilon = 0.01 / \lVert \nabla_{w'} L_{val} \rVert`. DARTS' code has momentum in the step of the
    weights; here it is plain (reconstruction for optimisers other than SGD). The weights are left as they were.

    Args:
        loss_of: the loss on images under mixtures.
        mixtures: of `alphas`, differentiable.
        batch: images that the weights are fitted to.
        other: held-out images.
        rate: the step of the weights, xi.
    """
    kept = [weight.detach().clone() for weight in weights]

    def set_weights(values: Sequence[Tensor]) -> None:
        with torch.no_grad():
            for weight, value in zip(weights, values, strict=True):
                weight.copy_(value)

    def along(step: float, direction: Sequence[Tensor]) -> list[Tensor]:
        return [value + step * d for value, d in zip(kept, direction, strict=True)]

    def alpha_gradients(loss: Tensor) -> tuple[Tensor, ...]:
        return torch.autograd.grad(loss, list(alphas), retain_graph=True)

    descent = torch.autograd.grad(loss_of(batch, [m.detach() for m in mixtures]), list(weights))
    set_weights(along(-rate, descent))
    both = torch.autograd.grad(loss_of(other, mixtures), [*alphas, *weights], retain_graph=True)
    first, direction = both[: len(alphas)], both[len(alphas) :]
    epsilon = 0.01 / float(torch.stack([d.square().sum() for d in direction]).sum().sqrt().clamp(min=1e-12))
    set_weights(along(epsilon, direction))
    above = alpha_gradients(loss_of(batch, mixtures))
    set_weights(along(-epsilon, direction))
    below = alpha_gradients(loss_of(batch, mixtures))
    set_weights(kept)
    return [f - rate * (a - b) / (2 * epsilon) for f, a, b in zip(first, above, below, strict=True)]
