"""Many networks together against the same one by one, and the growth of a hyper-architecture's cost; one run.

python tests/benchmarks/bench_bank.py [--device cuda] [--batch 256] [--repeats 3]

1. A hyper-architecture of 4 rows and 8 candidates on 32x32 RGB images: forward, backward and step of the bank against
   layer by layer.
2. Stand-alone networks on digits: trainings an hour side by side against one by one.
3. Seconds of a step over rows and candidates.
"""

import argparse
import time

import numpy as np
import torch
from torch.nn import functional as F

from archgraph import spaces
from supernet.bank import Bank
from supernet.datasets import digits
from supernet.frame import hyper_of, network_of
from supernet.network import Network
from supernet.skeleton import Skeleton
from supernet.standalone import Recipe, train_blueprints


def seconds(work, repeats, device):
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--width", type=int, default=64)
    arguments = parser.parse_args()
    device, repeats = arguments.device, arguments.repeats
    torch.set_num_threads(arguments.threads)
    images = torch.randn(arguments.batch, 3, 32, 32, device=device)
    labels = torch.randint(10, (arguments.batch,), device=device)

    made = hyper(4, 8, arguments.width)
    together, alone = Bank([made], [0]).to(device), Network(made, 0).to(device)
    torch.testing.assert_close(together(images[:8])[:, 0], alone(images[:8]), atol=1e-4, rtol=1e-3)
    many, one = (seconds(step_of(model, images, labels), repeats, device) for model in (together, alone))
    work = 3 * made.cost.flops * arguments.batch
    rates = [f"{work / passed / 1e9:.1f}" for passed in (many, one)]
    print(
        f"4 rows x 8 candidates, 3x32x32, batch {arguments.batch}, width {arguments.width}: {one / many:.2f} times as "
        f"fast ({1e3 * many:.0f} against {1e3 * one:.0f} ms; {' against '.join(rates)} * 10^9 multiply-adds a second)"
    )

    data, space = digits().limit_train(256).to(device), spaces.get("dag:2-5x3")
    frame = Skeleton.fade(data.shape, data.classes, 3, 16)
    networks = [network_of(frame, space.split(graph)) for graph in space.sample(32, np.random.default_rng(0))]
    recipe = Recipe(epochs=1, batch_size=32)
    many = seconds(lambda: train_blueprints(networks, data, recipe, range(32)), 1, device)
    one = seconds(lambda: [train_blueprints([n], data, recipe, [0]) for n in networks], 1, device)
    print(f"32 stand-alone networks on digits: {one / many:.2f} times as many an hour side by side as one by one")

    for rows, candidates in [(2, 4), (4, 4), (6, 4), (8, 4), (4, 2), (4, 8), (4, 16)]:
        frame = Skeleton((3, 16, 16), 10, (8,) * rows, (1,) * rows)
        cell = spaces.get("dag:4").from_native("4:0-1,0-2,1-3,2-3")
        bank = Bank([hyper_of(frame, [[cell] * candidates] * rows)], [0]).to(device)
        passed = seconds(step_of(bank, images[:64, :, :16, :16], labels[:64]), repeats, device)
        each = 1e3 * passed / rows / candidates
        print(f"{rows} rows x {candidates} candidates: {1e3 * passed:.0f} ms, {each:.2f} a cell")


if __name__ == "__main__":
    main()
