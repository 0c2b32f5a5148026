"""A bank of candidate cells against the same cells one by one: forward and backward, in one run, one thread.

python tests/benchmarks/bench_bank.py
"""

import time

import numpy as np
import torch

from archgraph import spaces
from supernet.bank import CellBank

SHAPES = ((8, 8), (16, 4), (32, 2))  # channels, side of the image: the demo's rows
BATCH, CELLS, REPEATS = 64, 16, 20


def seconds(work):
    work()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def main():
    torch.set_num_threads(1)
    cells = spaces.get("dag:1-5").sample(CELLS, np.random.default_rng(0))
    for channels, side in SHAPES:
        bank, alone = CellBank(cells, channels), [CellBank([cell], channels) for cell in cells]
        for number, single in enumerate(alone):
            bank.reset(number, torch.Generator().manual_seed(number))
            single.reset(0, torch.Generator().manual_seed(number))
        x = torch.randn(BATCH, channels, side, side)
        together = torch.cat([single(x) for single in alone], dim=1)
        torch.testing.assert_close(bank(x), together, atol=1e-3, rtol=1e-3)
        one = seconds(lambda bank=bank, x=x: bank(x).square().mean().backward())
        many = seconds(lambda alone=alone, x=x: sum(single(x).square().mean() for single in alone).backward())
        print(
            f"{CELLS} cells, {channels} channels at {side}x{side}: {many / one:.1f} times as fast as one by one "
            f"({1e3 * one:.1f} against {1e3 * many:.1f} ms)"
        )


if __name__ == "__main__":
    main()
