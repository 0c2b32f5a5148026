"""Hyper-architectures and other networks with mixtures, trained once or several times, and FaDE-ranks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from archgraph.errors import InputError
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.macro_skeleton import CellPath, MacroSkeleton, hyper_of
from supernet.hyper.mixed import MixedNetwork
from supernet.hyper.ranks import FadeRanks
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.side_by_side import SideBySide
from supernet.hyper.training import HyperTraining, Monitor
from supernet.images.splits import ImagePart, check_images


def train_mixed(
    blueprint: Blueprint,
    train: ImagePart,
    recipe: BilevelRecipe,
    seeds: Sequence[int],
    state: Path | None = None,
    monitor: Monitor | None = None,
) -> HyperTraining:
    """Train a network with mixtures once for each seed, all side by side; drawn straight into one bank.

    Args:
        blueprint: the network.
        train, recipe, seeds, state, monitor: as in `train_hypers`.

    Returns:
        The finished trainings.

    Raises:
        InputError: no seed, several where the recipe sees one network at a time; or the state file is damaged, or of
            other trainings.
    """
    if not seeds:
        raise InputError("give a seed for each training, at least one")
    model = SideBySide(blueprint, seeds) if len(seeds) > 1 else MixedNetwork(blueprint, seeds[0])
    training = HyperTraining(model.to(train.batch_device), train, recipe, seeds, state, monitor)
    training.run()
    return training


def train_hypers(
    rows: Sequence[CellPath],
    skeleton: MacroSkeleton,
    train: ImagePart,
    recipe: BilevelRecipe,
    seeds: Sequence[int],
    state: Path | None = None,
    monitor: Monitor | None = None,
) -> list[tuple[MixedNetwork, ImagePart]]:
    """Train the hyper-architecture of these candidate cells once for each seed, all side by side.

    Args:
        rows: the candidate cells of each row, d lists.
        skeleton: what surrounds them.
        train: the training part, split within.
        recipe: how it is trained.
        seeds: of each training: its weights, its split, its order and its mixtures.
        state: file of the training state; None for none.
        monitor: called after every epoch.

    Returns:
        Each trained hyper-architecture, and the part that its architecture parameters were fitted to.

    Raises:
        InputError: a row without candidates, a cell that cannot be compiled, images of another shape or with more
            classes than the macro skeleton has, no seed, several where the recipe sees one network at a time; or the
            state file is damaged, or of other trainings.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import BilevelRecipe, Skeleton, load_images, train_hypers
        >>> images, cells = load_images("digits").limit_train(64), list(spaces.get("dag:2").enumerate())
        >>> skeleton = Skeleton.fade(images.shape, images.classes, rows=1, width=4)
        >>> len(train_hypers([cells], skeleton, images.train, BilevelRecipe(epochs=1, warm_up=0), seeds=[0, 1]))
        2
    """
    check_images(skeleton, train)
    return train_mixed(hyper_of(skeleton, rows), train, recipe, seeds, state, monitor).networks()


def train_hyper(
    rows: Sequence[CellPath],
    skeleton: MacroSkeleton,
    train: ImagePart,
    recipe: BilevelRecipe,
    seed: int,
    state: Path | None = None,
) -> tuple[MixedNetwork, ImagePart]:
    """Train the hyper-architecture of these candidate cells once; see `train_hypers`.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import BilevelRecipe, Skeleton, load_images, train_hyper
        >>> images, cells = load_images("digits").limit_train(64), list(spaces.get("dag:2").enumerate())
        >>> skeleton = Skeleton.fade(images.shape, images.classes, rows=1, width=4)
        >>> network, held_out = train_hyper([cells], skeleton, images.train, BilevelRecipe(epochs=1, warm_up=0), seed=0)
        >>> [len(alpha) for alpha in network.alphas], len(held_out)
        ([2], 32)
    """
    return train_hypers(rows, skeleton, train, recipe, [seed], state)[0]


def train_repeats(
    rows: Sequence[CellPath], skeleton: MacroSkeleton, train: ImagePart, recipe: BilevelRecipe, seeds: Sequence[int]
) -> Iterator[tuple[MixedNetwork, ImagePart]]:
    """Train the hyper-architecture of these cells once for each seed, as many side by side as is best."""
    for training in _repeats(rows, skeleton, train, recipe, seeds):
        yield from training.networks()


def _repeats(
    rows: Sequence[CellPath], skeleton: MacroSkeleton, train: ImagePart, recipe: BilevelRecipe, seeds: Sequence[int]
) -> Iterator[HyperTraining]:
    check_images(skeleton, train)
    blueprint = hyper_of(skeleton, rows)
    many = recipe.at_once(blueprint)
    for first in range(0, len(seeds), many):
        yield train_mixed(blueprint, train, recipe, seeds[first : first + many])


def fade_ranks(
    rows: Sequence[CellPath],
    skeleton: MacroSkeleton,
    train: ImagePart,
    recipe: BilevelRecipe,
    seeds: Sequence[int],
    progress: Callable[[], None] = lambda: None,
) -> FadeRanks:
    """FaDE-ranks of the hyper-architecture of these cells, averaged over one training a seed.

    Args:
        rows: the candidate cells of each row, d lists.
        skeleton: what surrounds them; its d rows.
        train: the training part of a data set, as `load_images(...).train`.
        recipe: how it is trained; `RANKING` ranked best.
        seeds: one of each training.
        progress: called after each training.

    Raises:
        InputError: no seed, other rows than the macro skeleton has, a cell that cannot be compiled, or a warm-up of
            all epochs.

    Example:
        >>> from archgraph import spaces
        >>> from supernet import BilevelRecipe, Skeleton, fade_ranks, load_images
        >>> images, cells = load_images("digits").limit_train(64), list(spaces.get("dag:2").enumerate())
        >>> skeleton = Skeleton.fade(images.shape, images.classes, rows=2, width=4)
        >>> fade_ranks([cells, cells], skeleton, images.train, BilevelRecipe(epochs=1, warm_up=0), seeds=[0])
        FadeRanks(2 x 2 = 4 paths)
    """
    if not seeds:
        raise InputError("FaDE-ranks are averaged over at least one training; give a seed")
    recipe.check_ranking()
    repeats = []
    for training in _repeats(rows, skeleton, train, recipe, seeds):
        for probabilities in training.probabilities():
            repeats.append(probabilities)
            progress()
    return FadeRanks(repeats)
