"""Training hyper-architectures for the outer search: cells in, ranks and their price out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archgraph.checks import check_choice
from archgraph.graph import ArchGraph
from archgraph.networks.skeleton import Skeleton
from supernet.hyper.ranks import FadeRanks
from supernet.hyper.recipe import RANKING, BilevelRecipe, bilevel_macs
from supernet.hyper.training import train_hyper
from supernet.images.splits import ImagePart
from supernet.ranking.replacement import replacement_macs, replacement_scores

READINGS: dict[str, BilevelRecipe] = {"substitution": replace(RANKING, epochs=8, warm_up=8), "alpha": RANKING}
"""How ranks are read off a hyper-architecture, and how it is trained for that."""


def recipe_of(reading: str) -> BilevelRecipe:
    """How a hyper-architecture is trained whose ranks are read off in that way.

    Raises:
        InputError: there is no such way.
    """
    check_choice(READINGS, reading=reading)
    return READINGS[reading]


class HyperRanker:
    """Ranks from one training of a hyper-architecture.

    Args:
        skeleton: the frame around the cells.
        train: the training part; one half trains weights, the other is held out.
        reading: `alpha`, the architecture parameters: FaDE-ranks as published; or `substitution`, for which they do not
            move: a cell's rank is what the held-out loss becomes with it in place of its row's mixture (reconstruction;
            agrees with stand-alone training as well, for a third of the price).
        recipe: of the training; default that of the reading.

    Raises:
        InputError: there is no such reading.
    """

    def __init__(
        self, skeleton: Skeleton, train: ImagePart, reading: str = "substitution", recipe: BilevelRecipe | None = None
    ) -> None:
        usual = recipe_of(reading)
        self.skeleton, self.train, self.reading, self.recipe = skeleton, train, reading, recipe or usual

    def __call__(self, rows: Sequence[Sequence[ArchGraph]], seed: int) -> tuple[FadeRanks, float]:
        """Ranks of the candidate cells, and the 10^9 multiply-adds paid for them."""
        hyper, held_out = train_hyper(rows, self.skeleton, self.train, self.recipe, seed)
        macs = bilevel_macs(rows, self.skeleton, len(self.train), self.recipe)
        if self.reading == "alpha":
            return FadeRanks([hyper.probabilities()]), macs / 1e9
        macs += replacement_macs(rows, self.skeleton, len(held_out))
        return FadeRanks([replacement_scores(hyper, held_out)]), macs / 1e9
