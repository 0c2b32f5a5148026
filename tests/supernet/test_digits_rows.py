from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from archgraph import ArchTable, spaces
from archgraph.networks.registry import blueprint

FILE = Path(__file__).parents[2] / "data" / "digits_rows" / "digits_rows.parquet"


@pytest.fixture(scope="module")
def table():
    return ArchTable.read(FILE)


def seeds_of(table, metric):
    return table.metrics[[f"{metric}_{seed}" for seed in range(8)]].to_numpy()


def test_the_table_holds_all_paths_of_eight_hyper_architectures(table):
    assert len(table) == 1000
    for draw in range(8):
        part = table.metrics[table.metrics.draw == draw]
        found = set(zip(part.cell_row1, part.cell_row2, part.cell_row3, strict=True))
        assert found == set(product(range(5), repeat=3))


def test_graphs_are_those_of_their_ids_with_the_parameters_of_their_networks(table):
    space = spaces.get("dag:2-5x3")
    for row in range(0, 1000, 97):
        graph = space.from_native(str(table.ids[row]))
        assert graph == table[row]
        cost = blueprint(graph, "dag:2-5x3", (1, 8, 8), 10, width=16).cost
        assert (cost.params, cost.flops) == tuple(table.metrics.loc[row, ["params", "flops"]])


@pytest.mark.parametrize("metric", ["val_acc", "val_loss", "test_acc", "test_loss"])
def test_figures_are_means_over_eight_seeds_whose_halves_agree(table, metric):
    seeds = seeds_of(table, metric)
    assert np.allclose(seeds.mean(axis=1), table.metrics[metric])
    assert spearmanr(seeds[:, :4].mean(axis=1), seeds[:, 4:].mean(axis=1)).statistic > 0.8
