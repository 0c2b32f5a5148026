"""FaDE's outer strategies beside other searches at equal cost, on a surrogate of data/digits_rows.

    python tests/benchmarks/bench_fade_search.py --encoder FOLDER [--seeds 30] [--only NAME ...] -o FILE.csv
    python tests/benchmarks/bench_fade_search.py --table FILE.csv

The encoder is made by `archgraph encoder train --space dag:2-5 --latent 8 --steps 2000 --batch-size 64 --buckets 64 -o
FOLDER`. The surrogate is trees on graph statistics of the logarithm of the validation loss, plus noise of half the
robust deviation that its predictions for left-out records have, fixed for each architecture. A training adds the noise
that the table's seeds have. The ranks of a training of a hyper-architecture are what the surrogate's mean over its
paths says of each cell, plus noise, so large that the ranks of the table's own candidates agree with it as those of the
real training do (.68, "FaDE on digits, trained for real" in RESULTS.md). All costs are counted as for trainings on
digits.

Printed is what the architecture of the best value seen is worth (the surrogate, without the noise of its training)
after 20, 35 and 50 * 10^9 multiply-adds; Mann-Whitney tests, two-sided, against the first of the names. `--first 1000`
takes other seeds, to choose settings on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from bench_growth import TREES, Surrogate, counts
from scipy.optimize import brentq
from scipy.special import log_softmax
from scipy.stats import mannwhitneyu, spearmanr

from archgraph import ArchGraph, ArchTable, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.seeds import derive_seed
from archgraph.storages.quiet import quiet_optuna
from encoders import load_encoder
from search import Architectures, FadeConfig, FaDESearch, TrainObjective, make, open_study, run_in_bulk
from search.fade.ranker import SCORES
from search.objectives.base import Architecture
from search.objectives.evaluation import Evaluation
from search.studies.study import over_budget, spent
from supernet import Recipe
from supernet.hyper.ranks import FadeRanks
from supernet.hyper.recipe import bilevel_macs
from supernet.images.datasets import digits
from supernet.ranking.replacement import replacement_macs

TABLE = Path(__file__).parents[2] / "data" / "digits_rows" / "digits_rows.parquet"
ROWS, AGREEMENT, BUDGET = 3, 0.68, 50.0
AFTER = (20.0, 35.0, 50.0)
RECIPE = Recipe(epochs=8, batch_size=32, learning_rate=0.01)
STEP = SCORES["substitution"]


class Digits(Surrogate):
    """The surrogate of the logarithm of the validation loss, with a training's noise and cost."""

    directions = ("minimize",)

    def __init__(self) -> None:
        table, space = ArchTable.read(TABLE), spaces.get(f"dag:2-5x{ROWS}")
        logs = np.log(table.metrics[[f"val_loss_{seed}" for seed in range(8)]].to_numpy())
        super().__init__(space, table.with_metrics(logarithm=logs.mean(axis=1)), "logarithm", counts(space), TREES)
        self.luck = float(np.sqrt(logs.var(axis=1, ddof=1).mean()))
        self.trained = TrainObjective(space, NetworkChoice(settings={"width": 16}), digits(), RECIPE, 300)
        self.table, self._known = table, {}

    def worth(self, graphs: Sequence[ArchGraph]) -> np.ndarray:
        """What architectures come to without the noise of a training, [len(graphs)]."""
        keys = [graph.canonical_hash() for graph in graphs]
        if new := {key: graph for key, graph in zip(keys, graphs, strict=True) if key not in self._known}:
            found = self.values(ArchTable.from_graphs(list(new.values())))
            self._known |= dict(zip(new, found.tolist(), strict=True))
        return np.array([self._known[key] for key in keys])

    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        graphs = [a.graph or self.space.from_native(a.native) for a in architectures]
        luck = [self.luck * np.random.default_rng(seed).standard_normal() for seed in seeds]
        costs = [self.trained.gmacs(self.trained.blueprint(a).cost.flops, RECIPE.epochs) for a in architectures]
        values = (self.worth(graphs) + luck).tolist()
        return [Evaluation((value,), gmacs) for value, gmacs in zip(values, costs, strict=True)]


class Ranks:
    """Ranks of hyper-architectures with noise, as `HyperRanker` gives them."""

    def __init__(self, objective: Digits) -> None:
        self.objective, self.noise = objective, 0.0
        draws = [objective.table[np.flatnonzero(objective.table.metrics.draw == draw)] for draw in range(8)]
        effects, truths = zip(*map(self._of_draw, draws), strict=True)

        def agreement(noise: float) -> float:
            found = []
            for draw in range(8):
                rng = np.random.default_rng(derive_seed(0, "ranks", draw))
                for _ in range(20):
                    scores = effects[draw] + noise * rng.standard_normal(effects[draw].shape)
                    found.append(spearmanr(sum(np.ix_(*scores)).ravel(), truths[draw].ravel()).statistic)
            return float(np.mean(found))

        self.noise = float(brentq(lambda noise: agreement(noise) - AGREEMENT, 0.0, 2.0, xtol=1e-3))

    def _of_draw(self, part: ArchTable) -> tuple[np.ndarray, np.ndarray]:
        """Effects of the candidates of a draw, [rows, 5], and what its paths come to in the table, [5, 5, 5]."""
        places = tuple(part.metrics[f"cell_row{row + 1}"].to_numpy().astype(int) for row in range(ROWS))
        truth, own = np.empty((5, 5, 5)), np.empty((5, 5, 5))
        truth[places], own[places] = np.log(part.metrics.val_loss.to_numpy()), self.objective.worth(list(part))
        return _effects(own), truth

    def __call__(self, rows: Sequence[Sequence[ArchGraph]], seed: int) -> tuple[FadeRanks, float]:
        shape = tuple(map(len, rows))
        paths = [[row[j] for row, j in zip(rows, path, strict=True)] for path in np.ndindex(*shape)]
        own = self.objective.worth(list(map(self.objective.space.join, paths))).reshape(shape)
        scores = _effects(own)
        scores = scores + self.noise * np.random.default_rng(seed).standard_normal(scores.shape)
        skeleton, train = self.objective.trained.hyper
        half = len(train) // 2
        macs = bilevel_macs(rows, skeleton, len(train), STEP) + replacement_macs(rows, skeleton, half)
        return FadeRanks([list(np.exp(log_softmax(-scores, axis=1)))]), macs / 1e9


def _effects(values: np.ndarray) -> np.ndarray:
    """Mean of each cell of each row over the paths that hold it, [rows, k]."""
    axes = range(values.ndim)
    return np.stack([values.mean(axis=tuple(a for a in axes if a != row)) for row in axes])


Searched = Callable[[int], optuna.Study]


def searches(objective: Digits, encoder: Path) -> dict[str, Searched]:
    """Each search by its name."""
    ranks, generator = Ranks(objective), load_encoder(encoder).generator
    print(f"surrogate {objective.agreement:.2f} on left-out, noise {objective.noise:.3f}, luck {objective.luck:.3f}, ")
    print(f"noise of ranks {ranks.noise:.3f}", flush=True)
    met = Architectures(objective.space)

    def fade(changes: dict, seed: int) -> optuna.Study:
        study = open_study(None, "fade", {}, objective.directions)
        search = FaDESearch(generator, ranks, objective, replace(FadeConfig(), **changes))
        search.run(study, seed, lambda trials: over_budget(trials, 1, BUDGET))
        return study

    def other(name: str, seed: int) -> optuna.Study:
        study = open_study(None, name, {}, objective.directions)
        settings = {"expanded": 1} if name == "delta" else {}
        made = make(name, objective.space, settings=settings)
        run_in_bulk(study, made, objective, seed, lambda trials: over_budget(trials, 1, BUDGET), met)
        return study

    found: dict[str, Searched] = {name: partial(fade, changes) for name, changes in VARIANTS.items()}
    return found | {name: partial(other, name) for name in ("random", "evolution", "tpe", "gp", "delta")}


VARIANTS: dict[str, dict] = {
    f"fade, {name}": {"strategy": name} for name in ("delta", "gradient", "distribution", "cmaes", "evolution")
}


def curve(objective: Digits, study: optuna.Study) -> dict[str, float]:
    """What the best seen is worth after so much was paid."""
    paid, best, found, known = 0.0, (np.inf, ""), {}, set()
    for trial in study.get_trials(deepcopy=False):
        own = trial.user_attrs
        paid += own.get("hyper_gmacs", spent([trial]))
        for value, native, _ in own.get("derived", [(*(trial.values or ()), own.get("architecture"), "")]):
            if "derived" in own and native not in known:
                paid += objective.trained.gmacs(objective.trained.blueprint(native).cost.flops, RECIPE.epochs)
            known.add(native)
            best = min(best, (value, native))
            for after in AFTER:
                if paid <= after:
                    found[f"{after:g}"] = best[1]
    graphs = {after: objective.space.from_native(native) for after, native in found.items()}
    worth = objective.worth(list(graphs.values()))
    return dict(zip(graphs, worth.tolist(), strict=True)) | {"seen": best[0], "trials": len(study.trials), "paid": paid}


def table(path: Path) -> None:
    frame = pd.read_csv(path)
    names = list(dict.fromkeys(frame["name"]))
    first = frame[frame["name"] == names[0]]
    for name in names:
        own = frame[frame["name"] == name]
        shown = []
        for after in (f"{after:g}" for after in AFTER):
            low, middle, high = own[after].quantile([0.25, 0.5, 0.75])
            p = mannwhitneyu(own[after].dropna(), first[after].dropna()).pvalue
            shown.append(f"{after}: {own[after].mean():.3f}, {middle:.3f} ({low:.3f} to {high:.3f}) p {p:.1g}")
        print(
            f"{name:28s} {len(own)} seeds | {' | '.join(shown)} | seen {own.seen.mean():.3f} in {own.trials.mean():.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path)
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--table", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=Path("fade_search.csv"))
    options = parser.parse_args()
    if options.table is not None:
        table(options.table)
        return
    objective = Digits()
    found = searches(objective, options.encoder)
    rows = []
    with quiet_optuna():
        for name in options.only or list(found):
            started = time.process_time()
            seeds = range(options.first, options.first + options.seeds)
            studies = (found[name](derive_seed(seed, "fade")) for seed in seeds)
            rows += [{"name": name, "seed": s, **curve(objective, o)} for s, o in zip(seeds, studies, strict=True)]
            print(f"{name}: {(time.process_time() - started) / options.seeds:.1f} s a search", flush=True)
            pd.DataFrame(rows).to_csv(options.output, index=False)
    table(options.output)


if __name__ == "__main__":
    main()
