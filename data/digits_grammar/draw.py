"""Draw the architectures of `digits_grammar`: members of `grammar:vision` of at most 20 nodes, all different.

python data/digits_grammar/draw.py architectures.parquet
"""

import sys

import numpy as np

from archgraph import ArchTable, spaces

COUNT, NODES, SEED = 600, 20, 0


def main(output: str) -> None:
    """Write them to a file."""
    space, rng = spaces.get("grammar:vision"), np.random.default_rng(SEED)
    found = {}
    while len(found) < COUNT:
        for graph in space.sample(1000, rng):
            if graph.num_nodes <= NODES and len(found) < COUNT:
                found.setdefault(graph.canonical_hash(), graph)
    graphs = list(found.values())
    ids = [space.to_native(graph) for graph in graphs]
    ArchTable.from_graphs(graphs, ids=ids, space=space.name).write(output)


if __name__ == "__main__":
    main(sys.argv[1])
