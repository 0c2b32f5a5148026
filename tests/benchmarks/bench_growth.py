"""The lead of delta as the space grows (figure 5 of Delta-NAS).

    ARCHGRAPH_TABLES=FOLDER python tests/benchmarks/bench_growth.py best [PROBLEM...] [--seeds 40] -o best.csv
    ARCHGRAPH_TABLES=FOLDER python tests/benchmarks/bench_growth.py search [PROBLEM...] [--share 0.001] -o growth.csv
    python tests/benchmarks/bench_growth.py draw best.csv growth.csv -o growth.png
    ARCHGRAPH_TABLES=FOLDER python tests/benchmarks/bench_growth.py sampled [PROBLEM...] [--seeds 5]

`best`: queries until the best member of a part of NAS-Bench-201 (2 to 6 of its edges are free, the others skip) or of
NAS-Bench-Macro (3 to 8 of its layers, the others are identities), published records; which places are free is drawn
for each seed, so that no single part decides. `search`: queries until a search finds a value of the best thousandth of
its space, or of another share of it (the best, where that is less than one member). Spaces of published records:
NAS-Bench-201 with 3 to 6 free edges, NAS-Bench-Macro with 4 to 8 free layers, always the first. Spaces of a surrogate:
NAS-Bench-101, FaDE's cells in three rows, and DARTS' cells. A surrogate is 100 extremely randomised trees on graph
statistics, or for DARTS boosted trees on genotypes, fitted on real training results, plus noise of half the (robust)
deviation that its predictions for left-out records have, fixed for each architecture.
`sampled`: delta, and the cost of its steps, against a Gaussian process that scores as many random members a step.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from optuna.trial import FrozenTrial
from scipy.stats import linregress, t
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import ExtraTreesRegressor, HistGradientBoostingRegressor

from archgraph import ArchTable, spaces
from archgraph.ops import STRUCTURE
from archgraph.seeds import derive_seed
from archgraph.spaces import Space, TemplateSpace
from archgraph.spaces.darts import PAIRS
from encoders.delta.learners.gaussian_process import GaussianProcess
from encoders.features.statistics import statistics
from search import Architectures, History, Method, Objective, Proposal, TableObjective, make, open_study, run_in_bulk
from search.methods.targets import expected_improvement, log_regret
from search.objectives.base import Architecture
from search.objectives.evaluation import Evaluation

DATA = Path(__file__).parents[2] / "data"
BUDGET = 200
LARGE_BUDGET = 1000  # where the best member is looked for
CANDIDATES = 100  # random members a step, which cost about what neighbours cost delta
SETTINGS: dict[str, dict[str, int]] = {"delta": {"expanded": 1}, "evolution": {}, "tpe": {}, "local": {}}
"""Of the methods; with one neighbour expanded a step of delta stays cheap where neighbours are many."""


class Surrogate(Objective):
    """A model of a metric in place of training, for the whole of a space.

    Args:
        space: of the architectures.
        table: real training results.
        metric: a column of it, higher is better, or lower where a `-` stands before the name.
        read: what the model is told of architectures, [N, F].
        model: learns from that.
    """

    names, directions = ("surrogate",), ("maximize",)

    def __init__(
        self, space: Space, table: ArchTable, metric: str, read: Callable[[ArchTable], np.ndarray], model: BaseEstimator
    ) -> None:
        self.space, self._read = space, read
        x, y = read(table), table.metrics[metric.removeprefix("-")].to_numpy(float)
        y = -y if metric.startswith("-") else y
        order = np.random.default_rng(0).permutation(len(y))
        held, rest = order[: len(y) // 5], order[len(y) // 5 :]
        apart = clone(model).fit(x[rest], y[rest]).predict(x[held])
        self.agreement = float(np.corrcoef(apart, y[held])[0, 1])
        self.noise = 1.4826 * float(np.median(np.abs(apart - y[held]))) / 2
        self._model = clone(model).fit(x, y)

    def values(self, table: ArchTable) -> np.ndarray:
        noise = [np.random.default_rng(derive_seed(0, "noise", key)).standard_normal() for key in table.hashes()]
        return self._model.predict(self._read(table)) + self.noise * np.array(noise)

    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        table = ArchTable.from_graphs([self.space.from_native(a.native) for a in architectures])
        return [Evaluation((float(value),)) for value in self.values(table)]


def counts(space: Space) -> Callable[[ArchTable], np.ndarray]:
    """Reads graph statistics."""
    operations = [name for name in space.operations if name not in STRUCTURE]
    return lambda table: statistics(table, operations)


def genotypes(table: ArchTable) -> np.ndarray:
    """Which operation reads which input: of each vertex, of all vertices of a cell, and of all inputs, [N, 364]."""
    codes = spaces.get("darts").to_codes(table).reshape(len(table), 2, 4, 3)
    chosen = np.zeros((len(table), 2, 4, 5, 7), dtype=np.float32)
    rows = np.arange(len(table))
    for cell, vertex, side in product(range(2), range(4), range(2)):
        inputs = np.array(PAIRS[vertex])[codes[:, cell, vertex, 0], side]
        chosen[rows, cell, vertex, inputs, codes[:, cell, vertex, 1 + side]] = 1
    parts = (chosen, chosen.sum(2), chosen.sum((2, 3)))
    return np.concatenate([part.reshape(len(table), -1) for part in parts], axis=1)


TREES = ExtraTreesRegressor(100, min_samples_leaf=2, max_features=0.5, random_state=0)
BOOSTED = HistGradientBoostingRegressor(
    max_iter=300, learning_rate=0.05, max_leaf_nodes=8, l2_regularization=1, random_state=0
)


@cache
def published(name: str) -> ArchTable:
    return ArchTable.read(Path(os.environ["ARCHGRAPH_TABLES"]) / f"{name}.parquet")


@cache
def codes(name: str, space: str) -> np.ndarray:
    return spaces.get(space).to_codes(published(name))


def nb201(free: Sequence[int]) -> Objective:
    return part_of("nasbench201", "nb201", "c10_xvalid_val_mean", free, lambda options: options.index("identity"))


def macro(free: Sequence[int]) -> Objective:
    return part_of("macro", "macro", "test_mean", free, lambda options: 0)


def part_of(
    name: str, table: str, metric: str, free: Sequence[int], fixed: Callable[[tuple[str, ...]], int]
) -> Objective:
    """A space with only some places free."""
    space = spaces.get(name)
    assert isinstance(space, TemplateSpace)
    kept, choices = np.ones(len(published(table)), dtype=bool), list(space.operations_at)
    for place in set(range(len(choices))) - set(free):
        number = fixed(choices[place])
        kept &= codes(table, name)[:, place] == number
        choices[place] = (choices[place][number],)
    part = TemplateSpace(f"{name}-{len(free)}", space._template, space.edges, space.positions, choices)
    return TableObjective(published(table)[kept], part, [metric])


def nb101() -> Objective:
    table = published("nb101_30001")
    space = spaces.get("nasbench101")
    return Surrogate(space, table[np.arange(0, len(table), 3)], "val_acc_108ep", counts(space), TREES)


def dag_rows() -> Objective:
    space, table = spaces.get("dag:2-5x3"), ArchTable.read(DATA / "digits_rows" / "digits_rows.parquet")
    return Surrogate(space, table, "-val_loss", counts(space), TREES)


def darts() -> Objective:
    table = ArchTable.read(DATA / "digits_darts" / "digits_darts.parquet")
    return Surrogate(spaces.get("darts"), table, "-val_loss", genotypes, BOOSTED)


PROBLEMS: dict[str, Callable[[], Objective]] = {
    **{f"nb201-{n}": lambda n=n: nb201(range(n)) for n in (3, 4, 5, 6)},
    **{f"macro-{n}": lambda n=n: macro(range(n)) for n in (4, 5, 6, 7, 8)},
    "nb101": nb101,
    "dag": dag_rows,
    "darts": darts,
}
SURROGATES = ("nb101", "dag", "darts")


PARTS = {
    **{f"nb201-{n}": (nb201, 6, n) for n in (2, 3, 4, 5, 6)},
    **{f"macro-{n}": (macro, 8, n) for n in (3, 4, 5, 6, 7, 8)},
}
"""Name -> objective of some free places, places, how many are free."""


def best(names: Sequence[str], seeds: int, output: Path) -> None:
    rows = []
    for name in names:
        make_part, places, free = PARTS[name]
        found: dict[str, list[float]] = {method: [] for method in SETTINGS}
        for seed in range(seeds):
            drawn = np.random.default_rng(derive_seed(seed, "free", free)).permutation(places)[:free].tolist()
            made = make_part(drawn)
            architectures, goal = Architectures(made.space, made.members), float(made.values.max())
            for method, needed in found.items():
                needed.append(
                    queries(made, architectures, goal, make(method, made.space), derive_seed(seed, name), LARGE_BUDGET)[
                        0
                    ]
                )
        for method, needed in found.items():
            row = {"problem": name, "log10 size": math.log10(made.space.size()), "method": method, "seeds": seeds}
            rows.append(row | _summary(needed, LARGE_BUDGET))
            print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(output, index=False)


def _summary(needed: Sequence[float], budget: int) -> dict[str, float]:
    """Of queries, infinite where the goal was not reached, which count as the whole budget in the mean."""
    mean = float(np.minimum(needed, budget).mean())
    return {"median": float(np.median(needed)), "mean": mean, "reached": float(np.isfinite(needed).mean())}


@cache
def problem(name: str, share: float) -> tuple[Objective, Architectures, float]:
    """The objective, what its searches share, and the value to reach."""
    made = PROBLEMS[name]()
    if isinstance(made, TableObjective):
        values = made.values[:, 0]
    else:
        values = made.values(ArchTable.from_graphs(made.space.sample(5000, np.random.default_rng(1))))
        print(f"{name}: {len(values)} sampled, surrogate {made.agreement:.2f} on left-out, noise {made.noise:.4g}")
    goal = np.sort(values)[::-1][max(1, int(len(values) * share)) - 1]
    return made, Architectures(made.space, made.members), float(goal)


def queries(
    made: Objective, architectures: Architectures, goal: float, method: Method, seed: int, budget: int
) -> tuple[float, list[float]]:
    """Queries until the value is reached, infinite where that is not within the budget; and each trial's value."""
    study = open_study(None, "s", {}, made.directions)

    def finished(trials: Sequence[FrozenTrial]) -> bool:
        return len(trials) >= budget or (len(trials) > 0 and trials[-1].values[0] >= goal)

    run_in_bulk(study, method, made, seed, finished, architectures)
    values = [trial.values[0] for trial in study.get_trials(deepcopy=False)]
    return (len(values) if values[-1] >= goal else math.inf), values


def search(names: Sequence[str], seeds: int, share: float, output: Path) -> None:
    rows = []
    for name in names:
        made, architectures, goal = problem(name, share)
        size = math.log10(made.space.size() or math.nan)
        for method, settings in SETTINGS.items():
            chosen = (make(method, made.space, settings=settings) for _ in range(seeds))
            found = [
                queries(made, architectures, goal, m, derive_seed(i, name), BUDGET)[0] for i, m in enumerate(chosen)
            ]
            rows.append({"problem": name, "log10 size": size, "method": method, "seeds": seeds})
            rows[-1] |= _summary(found, BUDGET)
            print(rows[-1], flush=True)
            pd.DataFrame(rows).to_csv(output, index=False)


def draw(tables: Sequence[Path], output: Path) -> None:
    """How many times as many queries the others need on average, against the size; hollow where some were stopped.

    Lines are fitted to the spaces of published records; surrogates differ in kind, and most searches there are stopped.
    """
    figure = Figure(figsize=(5.6 * len(tables), 4), layout="constrained")
    for axes, path in zip(figure.subplots(1, len(tables), squeeze=False, sharey=True)[0], tables, strict=True):
        wide = pd.read_csv(path).pivot(index=["log10 size", "problem"], columns="method")
        size = wide.index.get_level_values("log10 size").to_numpy(float)
        records = ~wide.index.get_level_values("problem").isin(SURROGATES)
        for other, color in (("evolution", "#5e81ac"), ("tpe", "#bf616a"), ("local", "#a3be8c")):
            ratio = (wide["mean"][other] / wide["mean"]["delta"]).to_numpy(float)
            whole = wide["reached"][other].to_numpy(float) == 1
            axes.scatter(size, ratio, facecolor=np.where(whole, color, "none"), edgecolor=color, label=other)
            fit = linregress(size[records], np.log(ratio[records]))
            axes.plot(size[records], np.exp(fit.intercept + fit.slope * size[records]), color=color, lw=0.8)
            factor, low, high = np.exp(fit.slope + fit.stderr * t.ppf([0.5, 0.025, 0.975], records.sum() - 2))
            print(f"{path.stem}, {other}: times {factor:.2f} a decade ({low:.2f} to {high:.2f}), p = {fit.pvalue:.2g}")
        for number, place in zip(size, wide.index.get_level_values("problem"), strict=True):
            axes.annotate(
                place, (number, 0.02), xycoords=("data", "axes fraction"), fontsize=6, rotation=90, ha="center"
            )
        axes.axhline(1, color="grey", lw=0.8)
        axes.set_yscale("log")
        axes.set_title(path.stem)
        axes.set_xlabel("log10 of the members")
        axes.set_ylabel("queries over those of delta (means)")
        axes.legend(frameon=False)
    figure.savefig(output, dpi=150)


class SampledProcess(Method):
    """Expected improvement of random members, as many as delta scores; the same process, nothing of edits."""

    def __init__(self, candidates: int) -> None:
        self.candidates = candidates

    def propose(self, history: History, seed: int) -> Proposal:
        rng = np.random.default_rng(seed)
        rows, losses = history.labelled()
        architectures = history.architectures
        if len(rows) < 3:
            return Proposal(architectures.draw(rng))
        some = history.unseen(architectures.add(architectures.space.sample(self.candidates, rng)))
        targets = log_regret(losses[:, 0])
        counts = architectures.counts("physics", "statistics")
        process = GaussianProcess.fit(_features(architectures, rows), targets, iterations=15, counts=counts)
        mean, std = process.predict(_features(architectures, some))
        return Proposal(int(some[np.argmax(expected_improvement(mean, std, targets.min()))]))


def _features(architectures: Architectures, rows: np.ndarray) -> np.ndarray:
    return architectures.features(rows, "physics", "statistics")


def sampled(names: Sequence[str], seeds: int, share: float, trials: int = 60) -> None:
    for name in names:
        made, _, goal = problem(name, share)
        found: dict[str, list[float]] = {"delta": [], "sampled": []}
        cost: dict[str, list[float]] = {"delta": [], "sampled": []}
        for seed in range(seeds):
            for method in found:
                chosen = make("delta", made.space, settings=SETTINGS["delta"]) if method == "delta" else None
                start = time.process_time()
                own = Architectures(made.space)  # each search pays for its own features
                search = chosen or SampledProcess(CANDIDATES)
                _, values = queries(made, own, goal, search, derive_seed(seed, name), trials)
                cost[method].append((time.process_time() - start) / len(values))
                found[method].append(max(values))
        for method, best in found.items():
            print(
                f"{name} {method}: best {np.mean(best):.4f} +- {np.std(best):.4f}, goal {goal:.4f}, "
                f"{1000 * np.mean(cost[method]):.0f} ms a step",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["best", "search", "draw", "sampled"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--share", type=float, default=0.001)
    parser.add_argument("-o", "--output", type=Path, default=Path("growth.csv"))
    options = parser.parse_args()
    if options.what == "draw":
        draw([Path(name) for name in options.names], options.output)
    elif options.what == "best":
        best(options.names or list(PARTS), options.seeds, options.output)
    elif options.what == "search":
        search(options.names or list(PROBLEMS), options.seeds, options.share, options.output)
    else:
        sampled(options.names or SURROGATES, options.seeds, options.share)
