"""FaDE-ranks at every level of a grammar's cells against members that were trained by themselves.

python tests/benchmarks/bench_levels.py WORK [--grammar nested] [--rows 2] [--only NAME ...]

A sample of members is trained by itself with four seeds (kept in WORK, a folder), then the hyper-architecture of all
choices of the grammar, once for each seed; Spearman's correlation of the ranks with the mean validation accuracy.
"""

import argparse
import time
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from scipy.stats import spearmanr

from archgraph import ArchTable, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.open_network import network_of_choices
from archgraph.networks.skeleton import Skeleton
from archgraph.seeds import derive_seed
from supernet.hyper.ranks import FadeRanks
from supernet.hyper.recipe import CHOICES
from supernet.hyper.trainings import train_mixed
from supernet.images.datasets import digits
from supernet.ranking.levels import LevelRanks
from supernet.standalone.bulk import BulkPlan, train_table
from supernet.standalone.training import Recipe

MEMBERS, SEEDS, WIDTH, IMAGES = 100, 4, 16, 300
VARIANTS = {
    "as shipped": {},
    "steps on batches of 128": {"alpha_batch": 128},
    "one mixture a time": {"alpha_step": "substitution"},
    "natural gradient at the mixture": {"alpha_step": "natural", "alpha_rate": 0.05},
    "half the epochs": {"epochs": 24, "warm_up": 12},
    "twice the epochs": {"epochs": 96, "warm_up": 48},
    "mixtures nearer to one alternative": {"concentration": 0.3},
    "weights see paths": {"concentration": 0.05},
    "no norm inside and behind cells": {"norm": "none"},
    "as cells of one level are trained": {"epochs": 16, "warm_up": 8, "alpha_step": "substitution"},
}


def truth_of(space, work):
    """Members with what they come to by themselves."""
    path = work / "trained.parquet"
    if not path.exists():
        found = {}
        for graph in space.sample(2 * MEMBERS, np.random.default_rng(0)):
            found.setdefault(graph.canonical_hash(), graph)
        graphs = list(found.values())[:MEMBERS]
        table = ArchTable.from_graphs(graphs, ids=[space.to_native(graph) for graph in graphs], space=space.name)
        recipe = Recipe(epochs=8, batch_size=32, learning_rate=0.01)
        plan = BulkPlan(recipe, seeds=SEEDS, slots=50, network=NetworkChoice("rows", {"width": WIDTH}))
        train_table(table, digits().limit_train(IMAGES), plan, work / "training.jsonl").write(path)
    return ArchTable.read(path)


def only(ranks, row, choice, derivation, level):
    """What one level alone says of a cell."""
    number, *children = derivation
    place = [option.number for option in choice.options].index(number)
    inside = zip(choice.options[place].inside, children, strict=True)
    own = ranks.values(row, choice)[place] if choice.level == level else 0.0
    return own + sum(only(ranks, row, one, child, level) for one, child in inside)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--grammar", default="nested")
    parser.add_argument("--rows", type=int, default=2)
    parser.add_argument(
        "--only",
        nargs="*",
        default=["as shipped", "one mixture a time"],
    )
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    arguments.work.mkdir(parents=True, exist_ok=True)
    cells = spaces.get(f"grammar:{arguments.grammar}")
    space = cells.with_rows(arguments.rows)
    table = truth_of(space, arguments.work)
    metrics, truth = table.metrics, table.metrics.val_acc.to_numpy()
    paths = [[cells.derivation(cell) for cell in space.split(graph)] for graph in table]
    seeds = metrics[[f"val_acc_{seed}" for seed in range(SEEDS)]].to_numpy().T
    halves = [spearmanr(seeds[[0, i]].mean(0), np.delete(seeds, [0, i], 0).mean(0)).statistic for i in (1, 2, 3)]
    once = np.mean([spearmanr(a, b).statistic for a, b in combinations(seeds, 2)])
    print(
        f"{cells.derivations} derivations in {arguments.rows} rows; one seed against another {once:.2f}, halves "
        f"{np.mean(halves):.2f}"
    )
    plain = {"multiply-adds": metrics.flops, "parameters": metrics.params, "nodes": [g.num_nodes for g in table]}
    print(", ".join(f"{name} {spearmanr(values, truth).statistic:.2f}" for name, values in plain.items()))
    opened, data = cells.open_cells(), digits().limit_train(2 * IMAGES)
    for name in arguments.only:
        changes = dict(VARIANTS[name])
        skeleton = Skeleton.fade(data.shape, data.classes, arguments.rows, WIDTH, changes.pop("norm", "cells"))
        blueprint, started = network_of_choices(opened, skeleton), time.process_time()
        numbers = [derive_seed(0, "bench", repeat) for repeat in range(4)]
        trained = train_mixed(blueprint, data.train, replace(CHOICES, **changes), numbers).probabilities()
        seconds = (time.process_time() - started) / len(numbers)

        def scored(repeats, mixtures=tuple(blueprint.mixtures)):
            ranks = LevelRanks(opened, arguments.rows, FadeRanks(repeats), mixtures)
            return ranks, [sum(ranks.log_rank(row, one) for row, one in enumerate(path)) for path in paths]

        ranks, together = scored(trained)
        single = [spearmanr(scored([one])[1], truth).statistic for one in trained]
        levels = sorted({choice.level for choice in opened.choices})
        each = [
            spearmanr([sum(only(ranks, r, opened.root, d, level) for r, d in enumerate(path)) for path in paths], truth)
            for level in levels
        ]
        print(
            f"{name}: {spearmanr(together, truth).statistic:.2f}, one training {np.mean(single):.2f} +- "
            f"{np.std(single):.2f}, levels {[round(float(one.statistic), 2) for one in each]}, mean of the first tenth "
            f"{truth[np.argsort(together)[::-1][: MEMBERS // 10]].mean():.3f} (all {truth.mean():.3f}, best tenth "
            f"{np.sort(truth)[-MEMBERS // 10 :].mean():.3f}), {seconds:.0f} s a training, {len(blueprint)} layers",
            flush=True,
        )


if __name__ == "__main__":
    main()
