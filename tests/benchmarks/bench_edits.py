"""Exact edit distances of random pairs of members: how many are found, and CPU seconds.

python tests/benchmarks/bench_edits.py [SPACE...]
"""

import statistics
import sys
import time

import numpy as np

from archgraph import InputError, spaces
from archgraph.edits.paths import edit_distance

PAIRS = 20


def measure(name: str) -> str:
    """One line about `PAIRS` pairs of a space."""
    members = spaces.get(name).sample(2 * PAIRS, np.random.default_rng(0))
    seconds, found = [], 0
    for first, second in zip(members[::2], members[1::2], strict=True):
        start = time.process_time()
        try:
            edit_distance(first, second)
            found += 1
        except InputError:
            pass
        seconds.append(time.process_time() - start)
    nodes = statistics.mean(graph.num_nodes for graph in members)
    times = f"median {statistics.median(seconds):.3f} s, most {max(seconds):.2f} s"
    return f"{name}: {nodes:.0f} nodes, {found} of {PAIRS} distances found, {times}"


if __name__ == "__main__":
    edit_distance(*spaces.get("darts").sample(2, np.random.default_rng(1)))  # loads what is needed
    for space in sys.argv[1:] or ("nasbench101", "nasbench201", "dag:1-5", "transnas:macro", "darts"):
        print(measure(space), flush=True)
