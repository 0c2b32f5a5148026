"""What the tests of the commands share."""

import pytest

from archgraph import ArchTable, spaces
from archgraph.cli.main import run
from archgraph.networks.cost import cost

SPACE = spaces.get("nasbench201")


@pytest.fixture
def archgraph(capsys):
    """Runs the command; gives exit code, stdout and stderr."""

    def call(*arguments):
        with pytest.raises(SystemExit) as stop:
            run([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return stop.value.code, out, err

    return call


@pytest.fixture(scope="session")
def graphs(tmp_path_factory):
    """500 cells with their parameters as a metric."""
    path = tmp_path_factory.mktemp("graphs") / "cells.parquet"
    table = SPACE.enumerate()[::32]
    params = [cost(graph, SPACE).params for graph in table]
    table = ArchTable(
        table.op_index, table.edges, table.node_ptr, table.edge_ptr, table.ids, "nasbench201", {"params": params}
    )
    table.write(path)
    return path


@pytest.fixture(scope="session")
def encoder(graphs):
    folder = graphs.with_name("encoder")
    settings = ["--steps", "60", "--latent", "16", "--batch-size", "64", "--buckets", "12", "--quiet"]
    with pytest.raises(SystemExit) as stop:
        run(["encoder", "train", str(graphs), "-o", str(folder), *settings])
    assert stop.value.code == 0
    return folder
