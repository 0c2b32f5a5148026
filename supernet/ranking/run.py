"""A run that ranks: repeated trainings, kept in files once they are done."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from archgraph.networks.blueprint import Blueprint
from archgraph.networks.macro_skeleton import MacroSkeleton
from archgraph.persistence.files import writable_folder, write_text
from archgraph.persistence.plain_json import parse_json
from archgraph.persistence.same_settings import check_same_settings
from archgraph.persistence.stages import read_back
from archgraph.seeds import derive_seed
from supernet import distributed
from supernet.hyper.monitor import TensorBoard
from supernet.hyper.ranks import FadeRanks, RowValues
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.trainings import train_mixed
from supernet.images.splits import ImageSplits, check_images


class RankRun:
    """Trainings of one hyper-architecture.

    Args:
        blueprint: its layers.
        skeleton: what surrounds the candidates.
        candidates: what is ranked, as plain data that tell it from others.
        names: for TensorBoard, of each mixture and of what it offers, in the order of the blueprint.
        images: the images; only the training part is used.
        recipe: of each training.
        repeats: number of trainings.
        seed: that theirs are derived from.
        folder: holds finished trainings and the one under way, so that a stopped run goes on exactly where it was.

    Raises:
        InputError: the recipe leaves nothing to rank by, or the folder is of a run with other settings or cannot be
            written.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        skeleton: MacroSkeleton,
        candidates: Mapping[str, Any],
        names: Mapping[str, Sequence[str]],
        images: ImageSplits,
        recipe: BilevelRecipe,
        repeats: int,
        seed: int,
        folder: Path,
    ) -> None:
        self.blueprint, self.names, self.images, self.recipe = blueprint, names, images, recipe
        self.repeats, self.seed, self.folder = repeats, seed, folder
        recipe.check_ranking()
        check_images(skeleton, images.train)
        settings = {
            **candidates,
            "frame": repr(skeleton),
            "recipe": asdict(recipe),
            "data": [images.name, len(images.train)],
            "seed": seed,
        }
        known = folder / "settings.json"
        if known.is_file():
            check_same_settings(known.read_text(encoding="utf-8", errors="replace"), settings, f"folder {folder}")
        distributed.wait()
        if distributed.first():
            writable_folder(folder)
            write_text(known, json.dumps(settings, sort_keys=True) + "\n")

    def ranks(self, progress: Callable[[int], None], log: Path | None = None) -> FadeRanks:
        """Do what is not done yet and average.

        Args:
            progress: is given the number of finished epochs.
            log: TensorBoard's folder, a subfolder a training; None for none.
        """
        many = self.recipe.at_once(self.blueprint)
        found: list[list[RowValues]] = []
        for first in range(0, self.repeats, many):
            found += self._train(range(first, min(first + many, self.repeats)), progress, log)
        return FadeRanks(found)

    def close(self) -> None:
        """Remove the folder; the output holds everything now."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _train(self, numbers: range, progress: Callable[[int], None], log: Path | None) -> list[list[RowValues]]:
        """The softmaxed architecture parameters of some trainings, which run side by side."""
        name = f"repeats-{numbers[0]}-{numbers[-1]}"
        done, state = self.folder / f"{name}.json", self.folder / f"{name}.safetensors"
        if not done.is_file():
            logs = [log / f"repeat-{number}" for number in numbers] if log and distributed.first() else []
            boards = [TensorBoard(folder, self.names) for folder in logs]

            def monitor(epoch: int, losses: Sequence[float], alphas: Sequence[Sequence[Tensor]]) -> None:
                progress(numbers[0] * self.recipe.epochs + epoch * len(numbers))
                for board, loss, own in zip(boards, losses, alphas, strict=False):
                    board(epoch, loss, own)

            seeds = [derive_seed(self.seed, "repeat", number) for number in numbers]
            trained = train_mixed(self.blueprint, self.images.train, self.recipe, seeds, state, monitor)
            for board in boards:
                board.close()
            if distributed.first():
                found = [[row.tolist() for row in rows] for rows in trained.probabilities()]
                write_text(done, json.dumps(found) + "\n")
                state.unlink(missing_ok=True)
            distributed.wait()
        progress((numbers[-1] + 1) * self.recipe.epochs)
        with read_back(done):
            return [[np.array(row, dtype=float) for row in rows] for rows in parse_json(done.read_bytes())]
