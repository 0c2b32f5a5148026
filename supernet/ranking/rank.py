"""FaDE-ranks of the cells of a table: trained, written beside the cells, and the best architectures put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from archgraph.checks import check_choice, check_whole
from archgraph.networks.macro_skeleton import hyper_of
from archgraph.table.table import ArchTable
from supernet import distributed
from supernet.hyper.ranks import AGGREGATES, FadeRanks, PathChoice
from supernet.hyper.recipe import RANKING, BilevelRecipe
from supernet.images.splits import ImageSplits
from supernet.ranking.candidates import Candidates, candidates_of
from supernet.ranking.run import RankRun


class RankedPath(NamedTuple):
    """An architecture of one candidate a row.

    Attributes:
        cells: id of the graph that each row's candidate comes from.
        log_rank: logarithm of its FaDE-rank; only differences between architectures mean something.

    Example:
        >>> from supernet import RankedPath
        >>> path = RankedPath(["1:", "2:0-1"], -0.7)
        >>> path.cells, path.log_rank
        (['1:', '2:0-1'], -0.7)
    """

    cells: list[str]
    log_rank: float


def rank_cells(
    table: ArchTable,
    images: ImageSplits,
    output: Path,
    recipe: BilevelRecipe = RANKING,
    *,
    rows: int | None = None,
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
    """Train a hyper-architecture whose rows offer every cell of a table, and write FaDE-ranks (Neumeyer et al. 2024).

    The hyper-architecture is compiled once. A stopped run goes on with the same call: finished trainings lie in the
    folder `OUTPUT.training` until `output` is written. Where a process group runs (`supernet.distributed`), its
    processes share every batch, and the first writes. Have malloc keep freed memory before
    (`supernet.keep_freed_memory`): on a CPU that is up to twice as fast with large images.

    Args:
        table: cells, or members of NAS-Bench-Macro, which offer their i-th layer in row i.
        images: the images, on the device to train on; only the training part is used.
        output: where to write the cells with `fade_row1`, ... (softmaxed architecture parameters, averaged over the
            trainings, which sum to 1) and `fade_row1_std`, ... (their spread).
        recipe: of each training; whether images may be flipped is taken from `images`.
        rows: rows of the hyper-architecture; default 3, and with Macro always 8.
        width: channels of the last row, and with Macro of the stem.
        norm: what is normalised in FaDE's rows; see `Skeleton`.
        repeats: trainings whose ranks are averaged.
        seed: that theirs are derived from.
        top: how many of the best architectures are returned and written to `paths`.
        paths: where to write the best architectures as graphs with the metric `fade_log_rank`; None for nowhere.
        aggregate: how the cells' ranks make the path's; one of `product`, `mean`, `minimum`.
        log: TensorBoard's folder, a subfolder a training; None for none.
        progress: is given the number of finished epochs of all trainings.

    Returns:
        The best architectures, best first.

    Raises:
        InputError: the candidates or the recipe cannot be ranked (see `candidates_of` and `RankRun`), a number makes no
            sense, or there is no such aggregate.

    Example:
        >>> from pathlib import Path
        >>> from archgraph import spaces
        >>> from supernet import BilevelRecipe, load_images, rank_cells
        >>> images, recipe = load_images("digits").limit_train(64), BilevelRecipe(epochs=1, warm_up=0)
        >>> cells = spaces.get("dag:2").enumerate()
        >>> best = rank_cells(cells, images, Path("ranks.jsonl"), recipe, rows=2, width=4, repeats=1)
        >>> len(best[0].cells)
        2
    """
    check_choice(AGGREGATES, aggregate=aggregate)
    check_whole(1, repeats=repeats, top=top)
    recipe = replace(recipe, mirrored=images.mirrored)
    candidates = candidates_of(table, images, rows, width, norm)
    blueprint = hyper_of(candidates.skeleton, candidates.rows)  # what cannot be compiled leaves no folder
    names = {f"row{i + 1}": list(map(str, table.ids)) for i in range(len(candidates.rows))}
    folder, cells = output.with_name(f"{output.name}.training"), {"cells": table.hashes()}
    run = RankRun(blueprint, candidates.skeleton, cells, names, images, recipe, repeats, seed, folder)
    ranks = run.ranks(progress, log)
    best = list(islice(ranks.descending(aggregate), top))
    if distributed.first():
        columns = {f"fade_row{i + 1}": np.exp(row) for i, row in enumerate(ranks.cells)}
        columns |= {f"fade_row{i + 1}_std": row for i, row in enumerate(ranks.spread)}
        table.with_metrics(**columns).write(output)
        if paths is not None:
            path_table(table, candidates, best, ranks, aggregate).write(paths)
        run.close()
    return [RankedPath([str(table.ids[j]) for j in path], ranks.log_rank(path, aggregate)) for path in best]


def path_table(
    table: ArchTable, candidates: Candidates, paths: Sequence[PathChoice], ranks: FadeRanks, aggregate: str = "product"
) -> ArchTable:
    """Paths as graphs, with their ranks: metric `fade_log_rank`, ids of the candidates' graphs joined by `|`."""
    return ArchTable.from_graphs(
        [candidates.join([row[j] for row, j in zip(candidates.rows, path, strict=True)]) for path in paths],
        ids=["|".join(str(table.ids[j]) for j in path) for path in paths],
        space=candidates.space,
        metrics={"fade_log_rank": [ranks.log_rank(path, aggregate) for path in paths]},
    )
