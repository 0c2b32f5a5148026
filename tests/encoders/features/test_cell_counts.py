from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from archgraph import ArchTable, spaces
from archgraph.ops import OPS
from encoders.delta.checkpoint import load_delta, save_delta
from encoders.delta.features import Features
from encoders.delta.predictor import DeltaPredictor
from encoders.features.cell_counts import cell_count_names, cell_counts, cell_inputs

DARTS = spaces.get("darts")
INPUTS = cell_inputs(DARTS.operations)
OPERATIONS = [name for name in DARTS.operations if OPS[OPS.index(name)].kind not in ("input", "output", "concat")]


def drawn(count, seed=0):
    return DARTS.sample(count, np.random.default_rng(seed))


def test_darts_cells_are_told_apart_by_their_four_inputs_and_single_cells_by_none():
    assert INPUTS == ["cell-input", "cell-input-s2", "cell-skip-input", "cell-skip-input-s2"]
    for name in ("nasbench101", "nasbench201", "dag:1-5", "dag:1-5x3", "macro", "transnas"):
        assert cell_inputs(spaces.get(name).operations) == []


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_counts_are_those_of_successors_and_descendants(seed):
    graph = drawn(1, seed)[0]
    found = cell_counts(ArchTable.from_graphs([graph]), OPERATIONS, INPUTS)[0].tolist()
    plain = graph.to_networkx()
    expected = []
    for reached in (lambda start: set(plain.successors(start)), lambda start: nx.descendants(plain, start)):
        for name in INPUTS:
            ops = [plain.nodes[node]["op"] for node in reached(graph.ops.index(name))] if name in graph.ops else []
            expected += [ops.count(operation) for operation in OPERATIONS]
    assert found == expected
    assert len(cell_count_names(OPERATIONS, INPUTS)) == len(expected)


def test_exchanging_the_cells_changes_the_features_of_a_predictor_though_no_count_over_the_graph():
    graph = drawn(1)[0]
    normal, reduction = DARTS.cells(graph)
    table = ArchTable.from_graphs([graph, DARTS.graph(reduction, normal)])
    features = Features.of(table)
    different = {name for name, (a, b) in zip(features.names, features(table).T, strict=True) if a != b}
    assert different
    assert all(" fed by " in name or " after " in name for name in different)


def test_a_predictor_of_several_cells_comes_back_with_its_features(tmp_path):
    graphs = drawn(12)
    table = ArchTable.from_graphs(graphs, space="darts", metrics={"acc": np.random.default_rng(0).random(12)})
    predictor = DeltaPredictor.fit(table, "acc", seed=0)
    save_delta(predictor, tmp_path / "delta")
    loaded = load_delta(tmp_path / "delta")
    assert loaded.features.names == predictor.features.names
    np.testing.assert_array_equal(loaded.predict(table).mean, predictor.predict(table).mean)
    assert any("after cell-input-s2" in name for name in loaded.features.names)


def test_what_each_cell_holds_tells_more_of_trained_cells_than_the_counts_of_both():
    table = ArchTable.read(Path(__file__).parents[3] / "data" / "digits_darts" / "digits_darts.parquet")
    features, loss = Features.of(table), table.metrics["val_loss"].to_numpy()
    model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(0, 4, 9)))

    def agreement(known):
        return np.corrcoef(cross_val_predict(model, known(table), loss, cv=4), loss)[0, 1]

    assert agreement(features) > 0.8
    assert agreement(replace(features, inputs=())) < 0.65


@pytest.mark.parametrize("space", ["nasbench201", "macro"])
def test_architectures_of_one_cell_have_no_such_features(space):
    table = ArchTable.from_graphs(spaces.get(space).sample(3, np.random.default_rng(0)))
    assert Features.of(table).inputs == ()
    assert cell_counts(table, ["identity"], []).shape == (3, 0)
