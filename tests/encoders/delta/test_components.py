import numpy as np
import pytest
import torch

from archgraph import ArchTable, InputError, spaces
from archgraph.operation import KINDS
from archgraph.persistence.arrays import flatten
from encoders import DeltaPredictor, load_delta, save_delta
from encoders.delta.components import Components
from encoders.graph_network.checkpoint import NetworkCheckpoint
from encoders.graph_network.network import GraphNetwork


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return GraphNetwork(hidden=16, layers=1)


@pytest.fixture(scope="module")
def table():
    table = ArchTable.from_graphs(spaces.get("nasbench101").sample(150, np.random.default_rng(0)))
    table.metrics["acc"] = [graph.ops.count("conv3x3-bn-relu") + 0.01 * i for i, graph in enumerate(table)]
    return table


def test_components_do_not_vary_together_and_the_first_vary_most(network, table):
    found = Components.of(network, table)(table).astype(float)
    assert found.shape == (150, 32)
    covariance = np.cov(found, rowvar=False)
    variance = np.diag(covariance)
    assert (np.diff(variance) <= 1e-6 * variance[0]).all()
    np.testing.assert_allclose(covariance, np.diag(variance), atol=1e-4 * variance[0])


def test_components_are_the_same_from_their_arrays_and_of_any_part_of_a_table(network, table):
    components = Components.of(network, table)
    again = Components.from_arrays(flatten(components.arrays()), components.settings, KINDS)
    np.testing.assert_array_equal(again(table), components(table))
    np.testing.assert_allclose(components(table[40:60]), components(table)[40:60], atol=1e-4)


def test_a_frozen_network_is_a_feature_and_stands_in_the_checkpoint(network, table, tmp_path):
    predictor = DeltaPredictor.fit(table, "acc", 12, encoder=NetworkCheckpoint(network), frozen=True)
    assert predictor.ensemble.tuned is None
    assert predictor.features.names[-32:] == [f"component {number}" for number in range(32)]
    assert not set(predictor.features.plain_names) & set(predictor.features.names[-32:])
    save_delta(predictor, tmp_path / "d")
    np.testing.assert_array_equal(load_delta(tmp_path / "d").predict(table).mean, predictor.predict(table).mean)


def test_without_an_encoder_nothing_is_frozen(table):
    with pytest.raises(InputError, match="an encoder is what is frozen, such as base"):
        DeltaPredictor.fit(table, "acc", 12, frozen=True)
