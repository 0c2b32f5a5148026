r"""How architecture parameters become the weights of a mixture.

* `softmax`: DARTS' and FaDE's own, :math:`\mathrm{softmax}(\alpha)`.
* `gumbel`: :math:`\mathrm{softmax}((\alpha + g) / \tau)` with Gumbel noise g (Jang et al. 2017; FaDE's option).
* `hard-gumbel`: the largest of these weights becomes 1 and the others 0, with the gradient of the soft ones (Jang et
  al. 2017, section 2.2; FaDE, first author's research code).
* `dirichlet`: weights see draws from :math:`\mathrm{Dirichlet}(c\,k\,\mathrm{softmax}(\alpha))`, so that cells learn to
  work with few others beside them, as they will by themselves; architecture parameters see the softmax
  (reconstruction; measured in tests/benchmarks/RESULTS.md).
* `per-image`: the same, but every image of a batch gets a draw of its own, so that a step sees as many mixtures as
  images.
* `single`: weights see one source, drawn from the softmax, and only its path runs; architecture parameters see the
  softmax.
"""

from __future__ import annotations

import torch
from torch import Tensor

from archgraph._compat import standard_gamma
from archgraph.checks import check_choice

MIXTURES = ("dirichlet", "per-image", "softmax", "gumbel", "hard-gumbel", "single")
DIFFERENTIABLE = ("softmax", "gumbel", "hard-gumbel")
"""Those whose weights depend on the architecture parameters by more than a draw."""


def weight_mixture(
    alpha: Tensor,
    kind: str,
    generator: torch.Generator,
    concentration: float = 0.3,
    temperature: float = 1.0,
    images: int = 1,
) -> Tensor:
    """The mixture that a step of the weights sees, without gradient; drawn on the CPU so that devices agree.

    Args:
        alpha: architecture parameters, [k].
        kind: one of `MIXTURES`.
        images: images of the batch.
        concentration: c of the Dirichlet distribution; the larger, the closer to the softmax itself.
        temperature: of the Gumbel softmax.

    Returns:
        [k]; with `per-image` [images, k].

    Raises:
        InputError: there is no such kind.
    """
    check_choice(MIXTURES, kind=kind)
    plain = alpha.detach().cpu()
    if kind in DIFFERENTIABLE:
        return alpha_mixture(plain, kind, generator, temperature).to(alpha.device)
    if kind == "single":
        chosen = torch.multinomial(plain.softmax(0), 1, generator=generator)
        return torch.zeros_like(plain).scatter_(0, chosen, 1.0).to(alpha.device)
    shape = (concentration * len(plain) * plain.softmax(0)).clamp(min=1e-3)
    if kind == "per-image":
        shape = shape.expand(images, -1).contiguous()
    drawn = standard_gamma(shape, generator).clamp(min=1e-30)
    return (drawn / drawn.sum(-1, keepdim=True)).to(alpha.device)


def alpha_mixture(alpha: Tensor, kind: str, generator: torch.Generator, temperature: float = 1.0) -> Tensor:
    """The mixture that a step of the architecture parameters sees, [k], differentiable."""
    if kind not in ("gumbel", "hard-gumbel"):
        return alpha.softmax(0)
    soft = gumbel(alpha, generator, temperature)
    if kind == "gumbel":
        return soft
    return torch.zeros_like(soft).scatter_(0, soft.detach().argmax(0, keepdim=True), 1.0) + soft - soft.detach()


def gumbel(alpha: Tensor, generator: torch.Generator, temperature: float) -> Tensor:
    """A draw of the Gumbel softmax, differentiable in `alpha`."""
    uniform = torch.rand(len(alpha), generator=generator).clamp(1e-20, 1 - 1e-7)
    return ((alpha - (-uniform.log()).log().to(alpha.device)) / temperature).softmax(0)
