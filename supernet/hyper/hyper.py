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
    """

    def __init__(self, rows: Sequence[CellPath], skeleton: MacroSkeleton, seed: int) -> None:
        super().__init__(hyper_of(skeleton, rows), seed)
