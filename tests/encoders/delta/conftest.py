"""A predictor of few labels, which several test files ask."""

import numpy as np
import pytest

from archgraph import ArchTable, spaces
from encoders import DeltaPredictor, save_delta


def labelled(n, seed):
    """Members of NAS-Bench-101 whose accuracy is mostly their convolutions."""
    graphs = spaces.get("nasbench101").sample(n, np.random.default_rng(seed))
    table = ArchTable.from_graphs(graphs, space="nasbench101")
    table = table[np.unique(table.hashes(), return_index=True)[1]]
    names = [graph.ops for graph in table]
    acc = np.array(
        [o.count("conv3x3-bn-relu") - 0.5 * o.count("maxpool3x3") + 0.1 * len(o) for o in names], dtype=float
    )
    table.metrics["acc"] = acc + 0.05 * np.random.default_rng(seed).normal(size=len(acc))
    table.metrics["score"] = acc**2
    return table


@pytest.fixture(scope="session")
def table():
    return labelled(160, 0)


@pytest.fixture(scope="session")
def predictor(table):
    return DeltaPredictor.fit(table, "acc", train_size=60, seed=1)


@pytest.fixture(scope="session")
def saved(predictor, tmp_path_factory):
    folder = tmp_path_factory.mktemp("delta") / "d"
    save_delta(predictor, folder)
    return folder


@pytest.fixture(scope="session")
def new():
    """Further architectures with their accuracy."""
    return labelled(120, 5)
