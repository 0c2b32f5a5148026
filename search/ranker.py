"""Training hyper-architectures for the outer search: cells in, ranks and their price out."""

from __future__ import annotations

from collections.abc import Sequence

from archgraph.graph import ArchGraph
from archgraph.seeds import derive_seed
from supernet.darts import BilevelRecipe, bilevel_macs, fade_ranks
from supernet.images import Images
from supernet.ranks import FadeRanks
from supernet.skeleton import Skeleton


class HyperRanker:
    """FaDE-ranks from `repeats` trainings of a hyper-architecture, their softmaxed parameters averaged.

    Args:
        skeleton: the frame around the cells.
        train: the training part.
        recipe: of each training.
        repeats: trainings, each with its own seed.
    """

    def __init__(self, skeleton: Skeleton, train: Images, recipe: BilevelRecipe, repeats: int) -> None:
        self.skeleton, self.train, self.recipe, self.repeats = skeleton, train, recipe, repeats

    def __call__(self, rows: Sequence[Sequence[ArchGraph]], seed: int) -> tuple[FadeRanks, float]:
        """Ranks of the candidate cells, and the 10^9 multiply-adds paid for them."""
        seeds = [derive_seed(seed, "repeat", repeat) for repeat in range(self.repeats)]
        ranks = fade_ranks(rows, self.skeleton, self.train, self.recipe, seeds)
        gmacs = self.repeats * bilevel_macs(rows, self.skeleton, len(self.train), self.recipe) / 1e9
        return ranks, gmacs
