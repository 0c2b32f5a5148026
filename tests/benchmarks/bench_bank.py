"""Many networks together against the same one by one, and the growth of a hyper-architecture's cost; one run.

python tests/benchmarks/bench_bank.py [--device cuda] [--batch 256] [--repeats 3]

1. A hyper-architecture of 4 rows and 8 candidates on 32x32 RGB images: forward, backward and step of the bank against
   layer by layer.
2. Stand-alone networks on digits: trainings an hour side by side against one by one.
3. Seconds of a step over rows and candidates.
4. Trainings of one hyper-architecture on digits, as `supernet rank` repeats them: side by side against one by one.
"""

import argparse
import time
from dataclasses import replace

import numpy as np
import torch
from torch.nn import functional as F

from archgraph import spaces
from archgraph.networks.macro_skeleton import hyper_of, network_of
from archgraph.networks.skeleton import Skeleton
from supernet.bank.bank import Bank
from supernet.hyper.recipe import RANKING
from supernet.hyper.trainings import train_hypers
from supernet.images.datasets import digits
from supernet.network import Network
from supernet.standalone.training import Recipe, train_blueprints


def seconds(work, repeats, device):
    """Median of some runs after a first; of the processor on a CPU, since other work may share it."""
    clock = time.perf_counter if device == "cuda" else time.process_time
    times = []
    for _ in range(repeats + 1):
        start = clock()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(clock() - start)
    return float(np.median(times[1:]))


def step_of(model, images, labels):
    optimizer = torch.optim.SGD(model.parameters(), 0.01)

    def step():
        optimizer.zero_grad()
        logits = model(images)
        F.cross_entropy(logits[:, 0] if logits.dim() == 3 else logits, labels).backward()
        optimizer.step()

    return step


def hyper(rows, candidates, width):
    cells = spaces.get("dag:1-5").sample(rows * candidates, np.random.default_rng(0))
    frame = Skeleton.fade((3, 32, 32), 10, rows, width)
    return hyper_of(frame, [cells[i * candidates : (i + 1) * candidates] for i in range(rows)])


def compare_hyper(device, repeats, images, labels, width):
    made = hyper(4, 8, width)
    together, alone = Bank([made], [0]).to(device), Network(made, 0).to(device)
    torch.testing.assert_close(together(images[:8])[:, 0], alone(images[:8]), atol=1e-4, rtol=1e-3)
    steps = [step_of(model, images, labels) for model in (together, alone)]
    rounds = [[seconds(step, 1, device) for step in steps] for _ in range(repeats)]  # in turn, so that load is shared
    many, one = np.median(rounds, axis=0)
    work = 3 * made.cost.flops * len(images)
    rates = [f"{work / passed / 1e9:.1f}" for passed in (many, one)]
    print(
        f"4 rows x 8 candidates, 3x32x32, batch {len(images)}, width {width}: {one / many:.2f} times as "
        f"fast ({1e3 * many:.0f} against {1e3 * one:.0f} ms; {' against '.join(rates)} * 10^9 multiply-adds a second)"
    )


def compare_alone(device):
    data, space = digits().limit_train(256).to(device), spaces.get("dag:2-5x3")
    frame = Skeleton.fade(data.shape, data.classes, 3, 16)
    networks = [network_of(frame, space.split(graph)) for graph in space.sample(32, np.random.default_rng(0))]
    recipe = Recipe(epochs=1, batch_size=32)
    many = seconds(lambda: train_blueprints(networks, data, recipe, range(32)), 1, device)
    one = seconds(lambda: [train_blueprints([n], data, recipe, [0]) for n in networks], 1, device)
    print(f"32 stand-alone networks on digits: {one / many:.2f} times as many an hour side by side as one by one")


def compare_repeats(device, width, count=4):
    data, space = digits().limit_train(600).to(device), spaces.get("dag:2-5")
    frame = Skeleton.fade(data.shape, data.classes, 3, width)
    cells = space.sample(15, np.random.default_rng(0))
    rows = [cells[:5], cells[5:10], cells[10:]]
    recipe = replace(RANKING, epochs=4, warm_up=2)
    many = seconds(lambda: train_hypers(rows, frame, data.train, recipe, range(count)), 1, device)
    one = seconds(lambda: [train_hypers(rows, frame, data.train, recipe, [seed]) for seed in range(count)], 1, device)
    print(
        f"3 rows x 5 candidates on digits, width {width}: {count} trainings side by side {one / many:.2f} times as fast"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--only", choices=("", "hyper", "alone", "growth", "repeats"), default="")
    arguments = parser.parse_args()
    device, repeats = arguments.device, arguments.repeats
    torch.set_num_threads(arguments.threads)
    images = torch.randn(arguments.batch, 3, 32, 32, device=device)
    labels = torch.randint(10, (arguments.batch,), device=device)

    if arguments.only in ("", "hyper"):
        compare_hyper(device, repeats, images, labels, arguments.width)
    if arguments.only in ("", "alone"):
        compare_alone(device)
    if arguments.only in ("", "repeats"):
        compare_repeats(device, 16)
        compare_repeats(device, 32)
    if arguments.only in ("", "growth"):
        growth("rows", [(rows, 4) for rows in range(2, 9)], device, repeats)
        growth("candidates", [(4, candidates) for candidates in range(2, 17, 2)], device, repeats)


def growth(name, sizes, device, repeats):
    """Seconds of a step over rows or candidates, with a straight line through them; processor seconds on a CPU."""
    cell = spaces.get("dag:4").from_native("4:0-1,0-2,1-3,2-3")
    images, labels = torch.randn(64, 3, 16, 16, device=device), torch.randint(10, (64,), device=device)
    steps = []
    for rows, candidates in sizes:
        frame = Skeleton((3, 16, 16), 10, (8,) * rows, (1,) * rows)
        bank = Bank([hyper_of(frame, [[cell] * candidates] * rows)], [0]).to(device)
        steps.append(step_of(bank, images, labels))
    rounds = [[seconds(step, 1, device) for step in steps] for _ in range(repeats)]  # in turn, so that load is shared
    passed = np.min(rounds, axis=0)
    cells = np.array([rows * candidates for rows, candidates in sizes])
    slope, start = np.polyfit(cells, passed, 1)
    unexplained = ((passed - start - slope * cells) ** 2).sum() / ((passed - passed.mean()) ** 2).sum()
    for (rows, candidates), one in zip(sizes, passed, strict=True):
        print(f"{rows} rows x {candidates} candidates: {1e3 * one:.0f} ms, {candidates**rows:,} architectures")
    print(f"over {name}: {1e3 * start:.1f} ms + {1e3 * slope:.2f} ms a cell, R^2 {1 - unexplained:.4f}")


if __name__ == "__main__":
    main()
