"""What members of a grammar cost to draw, to parse and to change, in seconds of a core; beside them those of DARTS.

python tests/benchmarks/bench_grammar.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from archgraph import ArchTable, spaces

COUNT = 1000


def rate(work: Callable[[], object], count: int) -> float:
    """How many a second of a core."""
    begun = time.process_time()
    work()
    return count / (time.process_time() - begun)


def line(name: str) -> str:
    """What was measured of a space."""
    space, rng = spaces.get(name), np.random.default_rng(0)
    graphs = space.sample(COUNT, rng)  # what is counted once is counted here
    rates = {
        "drawn": rate(lambda: space.sample(COUNT, rng), COUNT),
        "codes": rate(lambda: space.to_codes(ArchTable.from_graphs(graphs[:200])), 200),
        "mutated": rate(lambda: [space.mutate(graph, rng) for graph in graphs[:50]], 50),
        "crossed": rate(lambda: [space.crossover(*pair, rng) for pair in pairwise(graphs[:51])], 50),
    }
    nodes = np.mean([graph.num_nodes for graph in graphs])
    return f"{name:18} {nodes:5.1f} nodes; a second: " + ", ".join(f"{v:.0f} {k}" for k, v in rates.items())


if __name__ == "__main__":
    for space_name in ("grammar:vision", "grammar:sequence", "darts"):
        print(line(space_name))
