"""HyperArchitecture: d rows of candidate cells, mixed by a softmax over architecture parameters."""

from __future__ import annotations

from collections.abc import Sequence

from archgraph.networks.macro_skeleton import CellPath, MacroSkeleton, hyper_of
from supernet.hyper.mixed import MixedNetwork


class HyperArchitecture(MixedNetwork):
    r"""A row's output is the weighted sum of its cells, :math:`\sum_j \mathrm{softmax}(\alpha_i)_j\, c_{ij}(x)`.

    FaDE (Neumeyer et al. 2024): d rows of k candidates contain k^d architectures and cost d * k cells. Cells share no
    weights; those of a row read the same stem.

    Args:
        rows: the candidate cells of each row, d lists of at least one cell.
        skeleton: what surrounds the cells.
        seed: seed of the initial weights.

    Raises:
        CompileError: a row has no candidates, or a node cannot be compiled; the text names it.

    Example:
        >>> import torch
        >>> from archgraph import spaces
        >>> from supernet import HyperArchitecture, Skeleton
        >>> cells = list(spaces.get("dag:1-3").enumerate())[:3]
        >>> skeleton = Skeleton.fade((1, 8, 8), classes=10, rows=2, width=4)
        >>> network = HyperArchitecture([cells, cells], skeleton, seed=0).eval()
        >>> network(torch.zeros(2, 1, 8, 8)).shape, [len(alpha) for alpha in network.alphas]
        (torch.Size([2, 10]), [3, 3])
    """

    def __init__(self, rows: Sequence[CellPath], skeleton: MacroSkeleton, seed: int) -> None:
        super().__init__(hyper_of(skeleton, rows), seed)
