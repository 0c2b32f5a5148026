"""Zero-cost scores against accuracy on a sample of NAS-Bench-201, beside FLOPs and parameters.

ARCHGRAPH_NASBENCH=FOLDER python tests/benchmarks/bench_zerocost.py --root IMAGES [--cells 300] [--seeds 2]

The networks are as published but for their size (`--channels`, `--stack` cells a stage); accuracy is the test accuracy
on CIFAR-10 in `nb201.parquet` of FOLDER. Mean over seeds of weights and images; the sample is the same.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from scipy.stats import kendalltau, spearmanr

from archgraph import ArchTable, spaces
from archgraph.networks.choice import NetworkChoice
from supernet.images.datasets import load_images
from supernet.standalone.bulk import compile_table
from supernet.zerocost.scores import score_table


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataset", default="cifar10")
    parser.add_argument("--root", type=Path, default=Path("images"))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--cells", type=int, default=300)
    parser.add_argument("--channels", type=int, default=8)
    parser.add_argument("--stack", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    source = pd.read_parquet(Path(os.environ["ARCHGRAPH_NASBENCH"]) / "nb201.parquet")
    source = source.sample(arguments.cells, random_state=0)
    space, images = spaces.get("nasbench201"), load_images(arguments.dataset, arguments.root, False, None)
    images = images.limit_train(4096)
    graphs = [space.from_native(cell) for cell in source.arch_str]
    network = NetworkChoice(settings={"channels": arguments.channels, "cells": arguments.stack})
    found, started = [], time.process_time()
    for seed in range(arguments.seeds):
        table = ArchTable.from_graphs(graphs, ids=list(source.arch_str), space="nasbench201")
        found.append(score_table(table, images, seed, network=network, device=arguments.device).metrics)
    cost = (time.process_time() - started) / len(source) / arguments.seeds
    flops = [made.cost.flops for made in compile_table(table, images, network)]
    for name, scores in {
        **{name: [each[name] for each in found] for name in found[0]},
        "FLOPs": [np.array(flops)],
        "parameters": [source.params_M.to_numpy()],
    }.items():
        kept = [(np.nan_to_num(np.asarray(score), nan=np.nanmin(score)), source.c10_test_mean) for score in scores]
        rho, tau = (np.mean([measure(*pair).statistic for pair in kept]) for measure in (spearmanr, kendalltau))
        print(f"{name}: Spearman {rho:.3f}, Kendall {tau:.3f}")
    print(f"{len(source)} cells, {1e3 * cost:.0f} ms of the processor a cell and seed")


if __name__ == "__main__":
    main()
