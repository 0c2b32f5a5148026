"""FaDE-ranks of all 6,561 members of NAS-Bench-Macro from one hyper-architecture of 8 rows and 3 candidates.

ARCHGRAPH_NASBENCH=FOLDER python tests/benchmarks/bench_macro.py --root IMAGES [--width 8] [--epochs 14] [--out F.json]

Spearman and Kendall of the ranks with the published test accuracy (`nasbench_macro_c10.parquet` in FOLDER), with FLOPs
and parameters beside them, and the seconds that the trainings took. The benchmark's own members took 6,561 trainings.
A CPU does it with `--width 8` (tests/benchmarks/RESULTS.md); with `--size` images are averaged down first.
"""

import argparse
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.stats import kendalltau, spearmanr
from torch.nn import functional as F

from archgraph import ArchTable, spaces
from archgraph.seeds import derive_seed
from supernet.hyper.ranks import FadeRanks
from supernet.hyper.recipe import RANKING
from supernet.hyper.trainings import train_hyper
from supernet.images.datasets import load_images
from supernet.images.splits import Images
from supernet.ranking.candidates import candidates_of


def averaged(part, size):
    """Images of fewer pixels."""
    return Images(F.adaptive_avg_pool2d(part.images, size), part.labels)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--root", type=Path, default=Path("images"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--augment", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--held-out", type=float, default=0.2)
    parser.add_argument("--train-size", type=int)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--warm-up", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=0.02)
    parser.add_argument("--precision", default="bfloat16" if torch.cuda.is_available() else "float32")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    truth = pd.read_parquet(Path(os.environ["ARCHGRAPH_NASBENCH"]) / "nasbench_macro_c10.parquet")
    choices = np.array([[int(digit) for digit in str(code).zfill(8)] for code in truth.arch])
    accuracy = truth.test_mean

    images = load_images(arguments.dataset, arguments.root, False, None)
    images = images if arguments.train_size is None else images.limit_train(arguments.train_size)
    images = replace(images, train=averaged(images.train, arguments.size))
    members = [str(choice) * 8 for choice in range(3)]
    table = ArchTable.from_graphs(map(spaces.get("macro").from_native, members), ids=members, space="macro")
    candidates = candidates_of(table, images, width=arguments.width)
    names = ("epochs", "warm_up", "batch_size", "learning_rate", "precision", "held_out", "augment")
    recipe = replace(RANKING, **{name: getattr(arguments, name) for name in names})
    recipe = replace(recipe, mirrored=images.mirrored)

    trained, results = [], []
    for repeat in range(arguments.repeats):
        started = time.perf_counter()
        train = images.to(arguments.device).train
        hyper, _ = train_hyper(candidates.rows, candidates.skeleton, train, recipe, derive_seed(0, "macro", repeat))
        trained.append(hyper.probabilities())
        scores = {"FaDE": [FadeRanks(trained).log_rank(tuple(choice)) for choice in choices]}
        scores |= {"FLOPs": truth.flops, "parameters": truth.params}
        found = {
            name: (spearmanr(s, accuracy).statistic, kendalltau(s, accuracy).statistic) for name, s in scores.items()
        }
        results.append({"seconds": time.perf_counter() - started} | found)
        for name, (rho, tau) in found.items():
            print(f"{repeat + 1} trainings, {name}: Spearman {rho:.3f}, Kendall {tau:.3f}")
        print(f"{results[-1]['seconds']:.0f} s; ranks of the rows: {np.round(trained[-1], 3).tolist()}", flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(results))


if __name__ == "__main__":
    main()
