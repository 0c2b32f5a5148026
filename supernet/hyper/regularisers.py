r"""FaDE's regularisation of the architecture parameters (Neumeyer et al. 2024, caption of the figure).

Known: a factor :math:`r_i` per cell between -1 and 1; cell-independent, one r that falls linearly with the epochs;
cell-dependent, an :math:`r_i` that falls faster the smaller i, around that straight line. What the factor multiplies
is not given.

Reconstruction: the loss of the architecture parameters gains :math:`\lambda \sum_i r_i\, c(\alpha_i)` with the
concentration :math:`c(\alpha_i) = 1 - H(\mathrm{softmax}(\alpha_i)) / \log k`, 0 for equal weights and 1 for a single
cell: first rows are held open, in the end they are driven to decide. Cells are counted by row, and
:math:`r_i(t) = 1 - 2\,t^{p_i}` with :math:`p_i` from 1/2 in the first row to 2 in the last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from archgraph.checks import check_choice

REGULARISERS = ("none", "independent", "dependent")


def factors(kind: str, time: float, rows: int) -> list[float]:
    """The factor of each row.

    Args:
        kind: one of `REGULARISERS`.
        time: share of the training that is over, 0 to 1.
        rows: number of rows.

    Raises:
        InputError: there is no such kind.
    """
    check_choice(REGULARISERS, kind=kind)
    if kind == "none":
        return [0.0] * rows
    powers = [2.0 ** (2 * i / (rows - 1) - 1) if kind == "dependent" and rows > 1 else 1.0 for i in range(rows)]
    return [1 - 2 * time**power for power in powers]


def concentration(alpha: Tensor) -> Tensor:
    """0 where softmax(alpha) is even, 1 where it takes a single cell; a scalar."""
    if len(alpha) == 1:
        return alpha.sum() * 0
    logs = alpha.log_softmax(0)
    return 1 + (logs.exp() * logs).sum() / math.log(len(alpha))


def penalty(alphas: Sequence[Tensor], kind: str, time: float) -> Tensor:
    """The sum over rows of factor times concentration, a scalar."""
    terms = [r * concentration(alpha) for r, alpha in zip(factors(kind, time, len(alphas)), alphas, strict=True)]
    return torch.stack(terms).sum()
