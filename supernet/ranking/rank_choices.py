"""FaDE-ranks of all that a grammar of cells can choose: trained, written, and the best architectures put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from archgraph.checks import check_choice, check_whole
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.open_network import network_of_choices
from archgraph.networks.skeleton import Skeleton
from archgraph.spaces.base import Space
from archgraph.spaces.open_cells import OpenCells
from archgraph.table.table import ArchTable
from supernet import distributed
from supernet.hyper.ranks import AGGREGATES
from supernet.hyper.recipe import CHOICES, BilevelRecipe
from supernet.images.splits import ImageSplits
from supernet.ranking.levels import LevelRanks
from supernet.ranking.rank import RankedPath
from supernet.ranking.run import RankRun


def rank_choices(
    space: Space,
    images: ImageSplits,
    output: Path,
    recipe: BilevelRecipe = CHOICES,
    *,
    rows: int = 3,
    width: int = 32,
    norm: str = "cells",
    repeats: int = 4,
    seed: int = 0,
    top: int = 5,
    paths: Path | None = None,
    aggregate: str = "product",
    log: Path | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[RankedPath]:
    """Train one hyper-architecture of all cells of a grammar, and write FaDE-ranks of its choices at every level.

    Wherever a rule has several alternatives, all stand in the network, weighted by architecture parameters; so cells
    that hold cells are ranked inside and out by one training, whose cost grows with the number of choices and not with
    that of the members. A stopped run goes on with the same call, as `rank_cells` does.

    Args:
        space: a grammar of cells.
        images: the images, on the device to train on; only the training part is used.
        output: where to write the choices, a row for each alternative of each; see `LevelRanks.table`.
        recipe: of each training; whether images may be flipped is taken from `images`.
        rows: rows of the hyper-architecture; every one has all choices.
        width: channels of the last row.
        norm: what is normalised in FaDE's rows; see `Skeleton`.
        repeats: trainings whose ranks are averaged.
        seed: that theirs are derived from.
        top: how many of the best architectures are returned and written to `paths`.
        paths: where to write the best architectures as graphs with the metric `fade_log_rank`; None for nowhere.
        aggregate: how the cells' ranks make the architecture's; one of `product`, `mean`, `minimum`.
        log: TensorBoard's folder, a subfolder a training; None for none.
        progress: is given the number of finished epochs of all trainings.

    Returns:
        The best architectures, best first; their cells by native form.

    Raises:
        InputError: the space is no grammar, or one in rows; the grammar derives whole networks, chooses the edges of a
            `dag`, or has too many choices; the recipe cannot be ranked, a number makes no sense, or there is no such
            aggregate.

    Example:
        >>> from pathlib import Path
        >>> from archgraph import spaces
        >>> from supernet import BilevelRecipe, load_images, rank_choices
        >>> images, recipe = load_images("digits").limit_train(64), BilevelRecipe(epochs=1, warm_up=0)
        >>> space = spaces.get("grammar:nasbench201")
        >>> best = rank_choices(space, images, Path("choices.jsonl"), recipe, rows=1, width=4, repeats=1)
        >>> len(best), len(best[0].cells[0])
        (5, 6)
    """
    check_choice(AGGREGATES, aggregate=aggregate)
    check_whole(1, repeats=repeats, top=top)
    recipe = replace(recipe, mirrored=images.mirrored)
    opened, skeleton = space.open_cells(), Skeleton.fade(images.shape, images.classes, rows, width, norm)
    blueprint = network_of_choices(opened, skeleton)
    candidates = {"rules": opened.rules, "start": opened.root.rule, "nodes": [cell.num_nodes for cell in opened.cells]}
    names = _names(opened, blueprint)
    folder = output.with_name(f"{output.name}.training")
    run = RankRun(blueprint, skeleton, candidates, names, images, recipe, repeats, seed, folder)
    ranks = LevelRanks(opened, rows, run.ranks(progress, log), list(blueprint.mixtures))
    best = list(ranks.descending(top, aggregate))
    found = [RankedPath([space.to_native(cell) for cell in cells], rank) for rank, cells in best]
    if distributed.first():
        ranks.table().write(output)
        if paths is not None:
            joined = space.with_rows(rows)
            ArchTable.from_graphs(
                [joined.join(cells) for _, cells in best],
                ids=["|".join(path.cells) for path in found],
                space=joined.name,
                metrics={"fade_log_rank": [rank for rank, _ in best]},
            ).write(paths)
        run.close()
    return found


def _names(opened: OpenCells, blueprint: Blueprint) -> dict[str, list[str]]:
    """Of each mixture its choice, and what the choice's options write."""
    said = {}
    for choice in (opened.root, *opened.choices):
        written = [opened.rules[choice.rule][option.number] for option in choice.options]
        said[max(choice.number, 0)] = f"choice {choice.number} {choice.rule}", written
    found = {}
    for name in blueprint.mixtures:
        row, _, number = name.partition("_choice")
        title, written = said[int(number or 0)]
        found[f"row {int(row.removeprefix('row')) + 1} {title}"] = written
    return found
