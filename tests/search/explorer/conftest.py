import numpy as np
import pytest

from archgraph import ArchTable, spaces


@pytest.fixture(scope="session")
def small_table():
    """40 cells of NAS-Bench-201, of which one has neighbours, and a metric."""
    space, rng = spaces.get("nasbench201"), np.random.default_rng(0)
    first = space.sample(1, rng)[0]
    graphs = [first, *space.neighbors(first), *space.sample(15, rng)]
    ids = [space.to_native(graph) for graph in graphs]
    metrics = {"worth": [float(name.count("conv")) for name in ids]}
    return ArchTable.from_graphs(graphs, space=space.name, ids=ids, metrics=metrics)


@pytest.fixture(scope="session")
def small_file(small_table, tmp_path_factory):
    path = tmp_path_factory.mktemp("explored") / "cells.jsonl"
    small_table.write(path)
    return path
