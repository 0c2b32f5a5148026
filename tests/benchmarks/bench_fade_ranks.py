"""FaDE-ranks against the table data/digits_rows: one change of the training at a time, plain baselines and the ceiling.

python tests/benchmarks/bench_fade_ranks.py [--draws 0 1 ...] [--repeats 6] [--only NAME ...] [--out FILE.json]

For every draw of candidates one hyper-architecture is trained `repeats` times; its ranks are held against the mean over
seeds of the validation accuracy of all 125 paths that were trained by themselves. Printed are means over the draws.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy.stats import kendalltau, spearmanr

from archgraph import ArchTable, spaces
from archgraph.networks.skeleton import Skeleton
from archgraph.seeds import derive_seed
from supernet.hyper.ranks import FadeRanks
from supernet.hyper.recipe import preset_of
from supernet.hyper.trainings import train_repeats
from supernet.images.datasets import digits
from supernet.ranking.replacement import replacement_scores

TABLE = Path(__file__).parents[2] / "data" / "digits_rows" / "digits_rows.parquet"
ROWS, WIDTH, IMAGES = 3, 16, 600  # one half of the images is as many as a stand-alone training had
NATURAL = {"alpha_step": "natural", "alpha_rate": 0.05}
ADAM = {"alpha_step": "adam", "alpha_rate": 0.03}
AUTHORS = {"preset": "authors"}
SHORT = AUTHORS | {"batch_size": 32}  # as many steps as images allow here
JOINT = {"alpha_step": "joint", "order": "single-level"}
VARIANTS = {
    "as shipped": {},
    "preset authors": AUTHORS,
    "authors, batches of 32": SHORT,
    "authors, 32, norm of cells": SHORT | {"norm": "cells"},
    "authors, 32, soft Gumbel": SHORT | {"mixture": "gumbel"},
    "authors, 32, plain softmax": SHORT | {"mixture": "softmax"},
    "authors, 32, alphas start equal": SHORT | {"alpha_start": "zero"},
    "authors, 32, Adam of their own, held-out half": SHORT | ADAM | {"order": "first"},
    "authors, 32, substitution, held-out half": SHORT
    | {"alpha_step": "substitution", "order": "first", "alpha_rate": 0.015},
    "authors, 32, our learning rate": SHORT | {"learning_rate": 0.02, "final_rate": 0.0, "falling": 0},
    "authors, 32, no norm": SHORT | {"norm": "none"},
    "norm of sums": {"norm": "sums"},
    "hard Gumbel": {"mixture": "hard-gumbel"},
    "alphas start uniform": {"alpha_start": "uniform"},
    "joint, hard Gumbel": JOINT | {"mixture": "hard-gumbel"},
    "learning rate .05 to .01": {"learning_rate": 0.05, "final_rate": 0.01, "falling": 5},
    "steps: natural gradient at the mixture": NATURAL,
    "steps: Adam, as DARTS": ADAM,
    "steps: Adam, second order": ADAM | {"order": "second"},
    "steps: Adam, independent regulariser": ADAM | {"regulariser": "independent"},
    "steps: Adam, dependent regulariser": ADAM | {"regulariser": "dependent"},
    "plain DARTS": ADAM | {"mixture": "softmax", "warm_up": 0},
    "Gumbel softmax, Adam": ADAM | {"mixture": "gumbel"},
    "one mixture a step": {"mixture": "dirichlet"},
    "mixtures nearer to one cell": {"concentration": 0.3},
    "weights see the softmax": {"mixture": "softmax"},
    "learning rate .01": {"learning_rate": 0.01},
    "half the epochs": {"epochs": 8, "warm_up": 4},
    "no warm-up": {"warm_up": 0},
    "no norm behind cells": {"norm": "none"},
    "single-level": {"order": "single-level"},
    "regulariser: independent": {"regulariser": "independent"},
    "regulariser: dependent": {"regulariser": "dependent"},
}


def lengths(cell, pick):
    """Convolutions on the longest (max) or shortest (min) way through a cell."""
    into = {t: [s for s, u in cell.edges if u == t] for t in range(len(cell.ops))}
    found = [0]
    for t in range(1, len(cell.ops)):
        found.append(pick(found[s] for s in into[t]) + cell.ops[t].startswith("conv"))
    return found[-1]


def baselines(table, paths):
    chance = np.random.default_rng(0).permutation(len(paths)).astype(float)

    def total(measure):
        return -np.array([sum(measure(cell) for cell in path) for path in paths], dtype=float)

    return {
        "minus shortest path": total(lambda cell: lengths(cell, min)),
        "minus depth": total(lambda cell: lengths(cell, max)),
        "minus edges": total(lambda cell: cell.num_edges),
        "minus parameters": -table.metrics.params.to_numpy(),
        "minus FLOPs": -table.metrics.flops.to_numpy(),
        "random": chance,
    }


def correlations(score, truth):
    return float(spearmanr(score, truth).statistic), float(kendalltau(score, truth).statistic)


def per_cell(ranks, choices, truth):
    """Spearman in each row of the cells' ranks with the mean accuracy of the paths that hold the cell."""
    found = []
    for row, logs in enumerate(ranks.cells):
        means = [truth[choices[:, row] == j].mean() for j in range(len(logs))]
        found.append(float(spearmanr(logs, means).statistic))
    return found


def measure(changes, draw, rows, choices, truth, repeats):
    preset = preset_of(changes.get("preset", "archgraph"))
    recipe = replace(preset.recipe, **{k: v for k, v in changes.items() if k not in ("norm", "preset")})
    data = digits().limit_train(IMAGES)
    skeleton = Skeleton.fade(data.shape, data.classes, ROWS, WIDTH, changes.get("norm", preset.norm))
    alphas, substituted, started = [], [], time.process_time()
    seeds = [derive_seed(0, "bench", draw, repeat) for repeat in range(repeats)]
    for hyper, held_out in train_repeats(rows, skeleton, data.train, recipe, seeds):
        alphas.append(hyper.probabilities())
        substituted.append(replacement_scores(hyper, held_out))
    seconds = (time.process_time() - started) / repeats
    ranks, other = FadeRanks(alphas), FadeRanks(substituted)
    scores, means = (np.array([ranks.log_rank(tuple(c), how) for c in choices]) for how in ("product", "mean"))
    single = [np.array([FadeRanks([one]).log_rank(tuple(c)) for c in choices]) for one in alphas]
    replaced = np.array([other.log_rank(tuple(c)) for c in choices])
    pairs = [spearmanr(a, b).statistic for i, a in enumerate(single) for b in single[:i]]
    return {
        "fade": correlations(scores, truth),
        "mean of ranks": correlations(means, truth),
        "one training": float(np.mean([spearmanr(s, truth).statistic for s in single])),
        "repeats agree": float(np.mean(pairs)) if pairs else float("nan"),
        "cells": per_cell(ranks, choices, truth),
        "spread of rows": [float(row.std()) for row in ranks.cells],
        "substitution": correlations(replaced, truth),
        "cpu seconds": seconds,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--draws", type=int, nargs="*", default=list(range(8)))
    parser.add_argument("--repeats", type=int, default=6)
    parser.add_argument("--only", nargs="*", default=list(VARIANTS))
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    table = ArchTable.read(arguments.table)
    space = spaces.get(f"dag:2-5x{ROWS}")
    results = {name: [] for name in [*arguments.only, "plain"]}
    for draw in arguments.draws:
        part = table[np.flatnonzero(table.metrics.draw == draw)]
        choices = part.metrics[[f"cell_row{i + 1}" for i in range(ROWS)]].to_numpy().astype(int)
        paths = [space.split(graph) for graph in part]
        rows = [[paths[np.flatnonzero(choices[:, i] == j)[0]][i] for j in range(5)] for i in range(ROWS)]
        truth = part.metrics.val_acc.to_numpy()
        plain = {name: correlations(score, truth) for name, score in baselines(part, paths).items()}
        seeds = part.metrics[[c for c in part.metrics if c.startswith("val_acc_")]].to_numpy().T
        pair = np.mean([spearmanr(a, b).statistic for i, a in enumerate(seeds) for b in seeds[:i]])
        plain["ceiling: one seed against another"] = (float(pair), float("nan"))
        others = [(seeds.sum(0) - one) / (len(seeds) - 1) for one in seeds]
        once = np.mean([correlations(one, rest) for one, rest in zip(seeds, others, strict=True)], axis=0)
        plain["all 125 trained once, against the other seeds"] = tuple(once)
        reliable = len(seeds) * pair / (1 + (len(seeds) - 1) * pair)
        plain["ceiling: a noiseless score (estimate)"] = (float(np.sqrt(reliable)), float("nan"))
        means = [[truth[choices[:, i] == j].mean() for j in range(5)] for i in range(ROWS)]
        additive = np.array([sum(means[i][j] for i, j in enumerate(c)) for c in choices])
        plain["the best sum over rows"] = correlations(additive, truth)
        results["plain"].append(plain)
        for name in arguments.only:
            results[name].append(measure(VARIANTS[name], draw, rows, choices, truth, arguments.repeats))
            print(draw, name, json.dumps(results[name][-1]), flush=True)
    for name in results["plain"][0]:
        every = np.array([plain[name] for plain in results["plain"]])
        print(f"{name}: {every[:, 0].mean():.2f} +- {every[:, 0].std():.2f} (Kendall {every[:, 1].mean():.2f})")
    for name in arguments.only:
        fade, means, substituted = (
            np.array([r[key] for r in results[name]]) for key in ("fade", "mean of ranks", "substitution")
        )
        cells = np.array([r["cells"] for r in results[name]]).mean(0).round(2)
        agree, one, cost = (
            np.mean([r[k] for r in results[name]]) for k in ("repeats agree", "one training", "cpu seconds")
        )
        spread = np.array([r["spread of rows"] for r in results[name]]).mean(0).round(2)
        print(
            f"{name}: {fade[:, 0].mean():.2f} +- {fade[:, 0].std():.2f} (Kendall {fade[:, 1].mean():.2f}), "
            f"mean of ranks {means[:, 0].mean():.2f}, "
            f"one training {one:.2f}, repeats agree {agree:.2f}, cells {cells}, spread of rows {spread}, substitution "
            f"{substituted[:, 0].mean():.2f}, {cost:.1f} s a training"
        )
    if arguments.out:
        arguments.out.write_text(json.dumps(results))


if __name__ == "__main__":
    main()
