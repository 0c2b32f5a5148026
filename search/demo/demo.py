"""The demo: the whole loop on scikit-learn's digits, resumable at any moment.

Validation loss decides everything; the test part is looked at once, for the winners.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial

from archgraph import spaces
from archgraph.checks import check_positive, check_whole
from archgraph.errors import DivergedError
from archgraph.graph import ArchGraph
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.macro_skeleton import CountedSkeleton
from archgraph.persistence.stages import Stages
from archgraph.seeds import derive_seed
from archgraph.storages.study import open_study
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
from encoders.embedding.pretrain import PretrainConfig, pretrain
from search.demo.correlation import agreement, convolutions, depth
from search.fade.config import FadeConfig
from search.fade.ranker import SCORES, HyperRanker
from search.fade.search import FaDESearch
from search.loop import run_study
from search.methods import make
from search.objectives.evaluation import COST
from search.objectives.train import TrainObjective
from search.objectives.trained import found_device
from search.studies.study import ARCHITECTURE, completed, over_budget, spent
from supernet.hyper.ranks import FadeRanks
from supernet.hyper.recipe import RANKING, BilevelRecipe
from supernet.hyper.trainings import train_repeats
from supernet.images.datasets import digits
from supernet.images.splits import ImageSplits
from supernet.ranking.replacement import replacement_scores
from supernet.standalone.training import Recipe, train_blueprints, train_networks

METHODS = ("fade", "random", "tpe")
BATCH = 8  # architectures that random search and TPE train side by side
Progress = Callable[[str, float, float], None]
"""(stage, done, of) is called as the work goes on."""


def _silent(stage: str, done: float, of: float) -> None:
    pass


@dataclass(frozen=True)
class DemoConfig:
    """Settings of the demo; the defaults take a few minutes on two CPU cores.

    Args:
        seed: of every random choice.
        threads: of torch; results depend on it in the last digits, since sums are split between threads.
        space: of the cells of the rows.
        width: channels of the last row.
        train_size: images that stand-alone networks are trained on in the searches.
        buckets: buckets of the embedding space.
        budget: 10^9 multiply-adds for each search; it stops where its next trials would go over it, at their mean
            cost so far.
        sampled_paths, truth_seeds: stand-alone trainings that ranks are held against.
        rank_repeats: trainings of the hyper-architecture whose ranks are held against them.
        final_seeds: trainings of each winner.
        pretrain: training of the encoder.
        recipe, final_recipe: training of the stand-alone networks in the searches, and of the winners.
        ranked: candidates a row of the hyper-architecture whose ranks are held against stand-alone training.
        hyper: training of that hyper-architecture.
        fade, step: the outer search, and the training of its hyper-architectures.

    Raises:
        InputError: a number makes no sense; two seeds at least tell a spread.

    Example:
        >>> from search import DemoConfig
        >>> DemoConfig(budget=20.0).space
        'dag:1-5'
    """

    seed: int = 0
    threads: int = 2
    space: str = spaces.DEFAULT
    width: int = 16
    train_size: int = 300
    buckets: int = 64
    budget: float = 60.0
    sampled_paths: int = 24
    truth_seeds: int = 3
    rank_repeats: int = 3
    final_seeds: int = 3
    pretrain: PretrainConfig = field(default_factory=lambda: PretrainConfig(latent=8, steps=2000, batch_size=64))
    recipe: Recipe = field(default_factory=lambda: Recipe(epochs=8, batch_size=32, learning_rate=0.01))
    final_recipe: Recipe = field(default_factory=lambda: Recipe(epochs=12))
    ranked: int = 6
    hyper: BilevelRecipe = RANKING
    fade: FadeConfig = field(default_factory=FadeConfig)
    step: BilevelRecipe = SCORES["substitution"]

    def __post_init__(self) -> None:
        check_whole(1, threads=self.threads, width=self.width, train_size=self.train_size, buckets=self.buckets)
        check_whole(1, rank_repeats=self.rank_repeats, ranked=self.ranked)
        check_whole(2, sampled_paths=self.sampled_paths, truth_seeds=self.truth_seeds, final_seeds=self.final_seeds)
        check_positive(budget=self.budget)


class Demo:
    """The demo's stages, in one folder.

    Args:
        folder: where everything goes: the encoder, the studies (SQLite), results (JSON), the report.
        config: settings.
        progress: called with how far each stage is.
        device: where networks are trained, see `found_device`; a demo may go on elsewhere.
    """

    def __init__(self, folder: Path, config: DemoConfig, progress: Progress | None = None, device: str = "cpu") -> None:
        self.stages = Stages(folder, {"demo": asdict(config)})
        self.folder, self.config = self.stages.folder, config
        self.progress = progress or _silent
        self.space = spaces.get(config.space)
        rows = spaces.get(f"{self.space.name}x{config.fade.rows}")
        self.images: ImageSplits = digits().to(found_device(device))
        network = NetworkChoice(settings={"width": config.width})
        self.objective = TrainObjective(rows, network, self.images, config.recipe, config.train_size)

    @property
    def skeleton(self) -> CountedSkeleton:
        """What surrounds the cells."""
        assert self.objective.skeleton is not None, "cells stand in rows"
        return self.objective.skeleton

    def run(self) -> dict[str, Any]:
        """Do what is not done yet and return all results; see `search.demo.run.run_demo`."""
        generator = self.encoder().generator
        correlation = self.stages.once("correlation", lambda: self.correlation(generator))
        studies = {method: self.search(method, generator) for method in METHODS}
        winners = {
            method: self.stages.once(f"winner-{method}", partial(self.winner, study))
            for method, study in studies.items()
        }
        return {
            "correlation": correlation,
            "winners": winners,
            "histories": {method: history(study) for method, study in studies.items()},
            "test_images": len(self.images.test),
            "classes": self.images.classes,
        }

    def encoder(self) -> EncoderCheckpoint:
        """Train the encoder on the space without labels and fill the buckets with all its members."""
        trained_encoder, state = self.folder / "encoder", self.folder / "encoder-training.safetensors"
        if not trained_encoder.exists():
            members = self.space.enumerate()
            steps = self.config.pretrain.steps
            seed = derive_seed(self.config.seed, "encoder")
            trained = pretrain(
                members,
                self.config.pretrain,
                seed,
                {self.space.name: self.space},
                progress=lambda done, losses: self.progress("encoder", done, steps),
                state=state,
            )
            embeddings = trained.encoder.encode(members).numpy()
            generator = BucketGenerator(
                members, embeddings, self.config.buckets, derive_seed(self.config.seed, "buckets")
            )
            EncoderCheckpoint(trained, generator, [self.space], seed).save(trained_encoder)
        state.unlink(missing_ok=True)
        return load_encoder(trained_encoder)

    def correlation(self, generator: BucketGenerator) -> dict[str, Any]:
        """FaDE-ranks of a hyper-architecture held against stand-alone training of a sample of its paths."""
        config = self.config
        rng = np.random.default_rng(derive_seed(config.seed, "correlation"))
        rows, candidates = config.fade.rows, config.ranked
        chosen = rng.permuted(np.tile(_spread_by_depth(generator, candidates, rng), (rows, 1)), axis=1)
        cells = [[generator.members[int(i)] for i in row] for row in chosen]
        every = rng.permutation(candidates**rows)[: config.sampled_paths]
        choices = [tuple(int(c) for c in np.unravel_index(i, (candidates,) * rows)) for i in every]
        paths = [[row[c] for row, c in zip(cells, choice, strict=True)] for choice in choices]
        truth = [self.stages.once(f"truth-{i}", partial(self.truth, paths, i)) for i in range(config.truth_seeds)]
        trainings = self.stages.once("ranks", partial(self.scores, cells))
        ranks = {
            "FaDE-rank (architecture parameters)": FadeRanks([found["alpha"] for found in trainings]),
            "substitution of cells (inherited weights)": FadeRanks([found["substitution"] for found in trainings]),
        }
        scores = {name: np.array([rank.log_rank(choice) for choice in choices]) for name, rank in ranks.items()}
        scores["plain: shallow first (minus depth)"] = np.array([-depth(path) for path in paths])
        scores["plain: few convolutions first"] = np.array([-convolutions(path) for path in paths])
        tables = {
            "accuracy": agreement(scores, np.array([t["accuracy"] for t in truth])),
            "loss": agreement(scores, -np.array([t["loss"] for t in truth])),
        }
        return {
            "cells": [[str(generator.members.ids[int(i)]) for i in row] for row in chosen],
            "choices": choices,
            "scores": {name: score.tolist() for name, score in scores.items()},
            "accuracy": np.mean([t["accuracy"] for t in truth], axis=0).tolist(),
            "loss": np.mean([t["loss"] for t in truth], axis=0).tolist(),
            "agreement": {name: table.to_dict("records") for name, table in tables.items()},
            "paths": ranks["FaDE-rank (architecture parameters)"].paths,
        }

    def scores(self, cells: list[list[ArchGraph]]) -> list[dict[str, Any]]:
        """The scores that each training of the hyper-architecture gives its cells."""
        config, found = self.config, []
        seeds = [derive_seed(config.seed, "ranks", i) for i in range(config.rank_repeats)]
        for hyper, held_out in train_repeats(cells, self.skeleton, self.objective.halved, config.hyper, seeds):
            alphas, substituted = hyper.probabilities(), replacement_scores(hyper, held_out)
            found.append({"alpha": [a.tolist() for a in alphas], "substitution": [s.tolist() for s in substituted]})
            self.progress("ranks", len(found), config.rank_repeats)
        return found

    def truth(self, paths: list[list[ArchGraph]], number: int) -> dict[str, Any]:
        """Validation figures of one training seed of each path."""
        config = self.config
        seeds = [derive_seed(config.seed, "truth", number, i) for i in range(len(paths))]
        scores = train_networks(paths, self.skeleton, self.objective.data, config.recipe, seeds)
        self.progress("ground truth", number + 1, config.truth_seeds)
        return {"accuracy": scores.validation_accuracy.tolist(), "loss": scores.validation_loss.tolist()}

    def search(self, method: str, generator: BucketGenerator) -> optuna.Study:
        """Run one search to the end of its budget."""
        config = self.config
        study = open_study(f"sqlite:///{self.folder / 'studies.db'}", method, {"seed": config.seed, "method": method})
        seed = derive_seed(config.seed, method)

        batch = 1 if method == "fade" else BATCH

        def finished(trials: Sequence[FrozenTrial]) -> bool:
            done = over_budget(trials, batch, config.budget)
            self.progress(method, config.budget if done else spent(trials), config.budget)
            return done

        if method == "fade":
            ranker = HyperRanker(self.skeleton, self.objective.halved, recipe=config.step)
            FaDESearch(generator, ranker, self.objective, config.fade).run(study, seed, finished)
        else:
            run_study(study, make(method, self.objective.space), self.objective, seed, finished, batch=batch)
        return study

    def winner(self, study: optuna.Study) -> dict[str, Any]:
        """Train the best architecture of a study, chosen by validation loss, to the end and score it on test."""
        config = self.config
        best = study.best_trial.user_attrs[ARCHITECTURE]
        seeds = [derive_seed(config.seed, "final", i) for i in range(config.final_seeds)]
        blueprints = [self.objective.blueprint(best)] * len(seeds)
        scores, _ = train_blueprints(blueprints, self.images, config.final_recipe, seeds)
        if reasons := [reason for i in range(len(seeds)) if (reason := scores.reason(i)) is not None]:
            raise DivergedError(f"the winner of {study.study_name}: {reasons[0]}")
        self.progress("final training", 1, 1)
        return {
            "architecture": best,
            "search_validation_loss": study.best_value,
            "validation_accuracy": scores.validation_accuracy.tolist(),
            "test_accuracy": scores.test_accuracy.tolist(),
            "trials": len(completed(study)),
        }


def history(study: optuna.Study) -> list[dict[str, Any]]:
    """For each finished trial the total cost so far (10^9 multiply-adds) and the lowest validation loss so far."""
    rows: list[dict[str, Any]] = []
    cost, best = 0.0, float("inf")
    for trial in completed(study):
        cost += trial.user_attrs[COST]
        value = trial.value if trial.value is not None else float("inf")
        best = min(best, value)
        rows.append({"cost": cost, "loss": value, "best": best, "architecture": trial.user_attrs[ARCHITECTURE]})
    return rows


def _spread_by_depth(generator: BucketGenerator, count: int, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Members of as many different depths as there are, [count]: candidates must differ for ranks to mean much."""
    depths = np.array([depth([graph]) for graph in generator.members])
    levels = np.unique(depths)
    return np.array([rng.choice(np.flatnonzero(depths == levels[i % len(levels)])) for i in range(count)])
