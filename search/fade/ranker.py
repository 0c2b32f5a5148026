"""Training hyper-architectures for the outer search: cells in, ranks and their price out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from archgraph.checks import check_choice
from archgraph.errors import ArchGraphError, DivergedError, InputError
from archgraph.graph import ArchGraph
from archgraph.networks.macro_skeleton import CountedSkeleton
from archgraph.networks.skeleton import Skeleton
from supernet.hyper.ranks import FadeRanks
from supernet.hyper.recipe import RANKING, BilevelRecipe, bilevel_macs, preset_of
from supernet.hyper.trainings import train_hyper
from supernet.images.splits import ImagePart
from supernet.ranking.replacement import replacement_macs, replacement_scores

SCORES: dict[str, BilevelRecipe] = {"substitution": replace(RANKING, epochs=8, warm_up=8), "alpha": RANKING}
"""What ranks of cells are made of, and how a hyper-architecture is trained for that; the setting `reading`."""


def recipe_of(score: str, preset: str = "archgraph") -> BilevelRecipe:
    """How a hyper-architecture is trained whose cells are ranked by such a score.

    Raises:
        InputError: there is no such score or preset.
    """
    check_choice(SCORES, reading=score)
    return SCORES[score] if preset == "archgraph" else preset_of(preset).recipe


def normed(skeleton: CountedSkeleton, preset: str) -> CountedSkeleton:
    """What surrounds the cells of a hyper-architecture, normalised as a preset has it.

    Raises:
        InputError: there is no such preset, or it is for FaDE's rows alone and the skeleton is another.
    """
    norm = preset_of(preset).norm
    if isinstance(skeleton, Skeleton):
        return replace(skeleton, norm=norm)
    if preset != "archgraph":
        raise InputError(f"preset {preset} normalises FaDE's rows of cells, and this space's networks have none")
    return skeleton


class HyperRanker:
    """Ranks from one training of a hyper-architecture.

    Args:
        skeleton: what surrounds the cells.
        train: the training part; one half trains weights, the other is held out.
        score: `alpha`, the architecture parameters: FaDE-ranks as published; or `substitution`, for which they are not
            trained: a cell's rank is what the held-out loss becomes with it instead of its row's mixture
            (reconstruction; agrees with stand-alone training as well, for a third of the price).
        recipe: of the training; default that of the score.

    Raises:
        InputError: there is no such score.

    Example:
        >>> from archgraph import spaces
        >>> from search import HyperRanker
        >>> from supernet import BilevelRecipe, Skeleton
        >>> from supernet.images.datasets import digits
        >>> images, cells = digits().limit_train(64), list(spaces.get("dag:2").enumerate())
        >>> skeleton = Skeleton.fade(images.shape, images.classes, rows=1, width=2)
        >>> ranks, gmacs = HyperRanker(skeleton, images.train, recipe=BilevelRecipe(epochs=1, warm_up=1))([cells], 0)
        >>> len(ranks.cells[0]), gmacs > 0
        (2, True)
    """

    def __init__(
        self,
        skeleton: CountedSkeleton,
        train: ImagePart,
        score: str = "substitution",
        recipe: BilevelRecipe | None = None,
    ) -> None:
        usual = recipe_of(score)
        self.skeleton, self.train, self.score, self.recipe = skeleton, train, score, recipe or usual

    def __call__(self, rows: Sequence[Sequence[ArchGraph]], seed: int) -> tuple[FadeRanks, float]:
        """Ranks of the candidate cells, and the 10^9 multiply-adds paid for them.

        Raises:
            DivergedError: the training came to numbers that are not finite.
            ArchGraphError: the hyper-architecture does not fit into memory.
        """
        try:
            hyper, held_out = train_hyper(rows, self.skeleton, self.train, self.recipe, seed)
        except torch.OutOfMemoryError as error:
            raise ArchGraphError(
                f"the hyper-architecture does not fit into the memory of {self.train.batch_device}; draw fewer "
                "candidates or take smaller batches"
            ) from error
        macs = bilevel_macs(rows, self.skeleton, len(self.train), self.recipe)
        if self.score == "alpha":
            return FadeRanks([hyper.probabilities()]), macs / 1e9
        macs += replacement_macs(rows, self.skeleton, len(held_out))
        scores = replacement_scores(hyper, held_out)
        if not all(np.isfinite(row).all() for row in scores):
            raise DivergedError("the held-out loss of a cell is no finite number; a lower learning rate may help")
        return FadeRanks([scores]), macs / 1e9
