"""Training hyper-architectures for the outer search: cells in, ranks and their price out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from archgraph.graph import ArchGraph
from supernet.darts import BilevelRecipe, bilevel_macs, train_hyper
from supernet.images import Images
from supernet.ranks import FadeRanks
from supernet.skeleton import Skeleton
from supernet.substitution import substitution_macs, substitution_scores

Reading = Literal["alpha", "substitution"]


class HyperRanker:
    """Ranks from one training of a hyper-architecture.

    Args:
        skeleton: the frame around the cells.
        train: the training part.
        recipe: of the training.
        reading: `alpha`, the architecture parameters: FaDE-ranks as published; or `substitution`, the loss with one
            cell in place of a row's mixture (reconstruction).
    """

    def __init__(self, skeleton: Skeleton, train: Images, recipe: BilevelRecipe, reading: Reading = "alpha") -> None:
        self.skeleton, self.train, self.recipe, self.reading = skeleton, train, recipe, reading

    def __call__(self, rows: Sequence[Sequence[ArchGraph]], seed: int) -> tuple[FadeRanks, float]:
        """Ranks of the candidate cells, and the 10^9 multiply-adds paid for them."""
        hyper, held_out = train_hyper(rows, self.skeleton, self.train, self.recipe, seed)
        macs = bilevel_macs(rows, self.skeleton, len(self.train), self.recipe)
        if self.reading == "alpha":
            return FadeRanks([hyper.probabilities()]), macs / 1e9
        macs += substitution_macs(rows, self.skeleton, len(held_out))
        return FadeRanks([substitution_scores(hyper, held_out)]), macs / 1e9
