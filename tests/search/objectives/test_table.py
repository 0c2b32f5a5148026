"""Objectives that are looked up."""

import numpy as np
import pytest
from small_searches import closed, table

from archgraph import ArchTable, InputError, spaces
from search import Architecture, TableObjective

SPACE = spaces.get("dag:1-4")


def test_it_looks_up_values_and_costs_by_hash():
    objective = closed()
    for row, key in enumerate(objective.members.hashes()):
        [found] = objective([Architecture("", key)], [0])
        assert found.values == tuple(objective.values[row])
        assert found.costs == {"seconds": 3.0, "queries": 1.0}


def test_winners_have_the_other_metrics():
    objective = closed()
    winner = Architecture("1:", SPACE.from_native("1:").canonical_hash())
    assert objective.judge(winner, "size") == {"metric": "size", "value": 4.0}
    with pytest.raises(InputError, match="no metric 'weight' in the table; it has acc, size, train_time_s"):
        objective.check_test("weight")


def test_rows_without_all_metrics_are_left_out():
    members = table()
    acc = members.metrics["acc"].to_numpy(copy=True)
    acc[3] = np.nan
    objective = TableObjective(members.with_metrics(acc=acc), SPACE, ["acc"])
    assert len(objective.members) == len(members) - 1
    with pytest.raises(InputError, match="the table does not hold the architecture x"):
        objective([Architecture("x", members.hashes()[3])], [0])


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ([], "one metric or several different ones"),
        (["acc", "-acc"], "one metric or several different ones"),
        (["loss"], "no metric 'loss' in the table"),
    ],
)
def test_metrics_are_there_and_different(metrics, message):
    with pytest.raises(InputError, match=message):
        TableObjective(table(), SPACE, metrics)


def test_one_architecture_has_one_value():
    graphs = [SPACE.from_native("2:0-1")] * 2
    same = ArchTable.from_graphs(graphs, metrics={"acc": [1.0, 1.0]})
    assert len(TableObjective(same, SPACE, ["acc"]).members) == 1
    with pytest.raises(InputError, match="are the same architecture with different acc"):
        TableObjective(ArchTable.from_graphs(graphs, metrics={"acc": [1.0, 2.0]}), SPACE, ["acc"])


@pytest.mark.parametrize("text", ["t.parquet", ":acc", "t.parquet:"])
def test_its_text_has_a_file_and_a_metric(text):
    with pytest.raises(InputError, match="a table objective is written table:FILE:METRIC"):
        TableObjective.read(text, SPACE)


def fidelities(**names):
    members = table()
    early = members.metrics["size"].to_numpy()
    return TableObjective(members.with_metrics(early=early), SPACE, ["acc"], fidelities=names.get("of", {}))


def test_a_fidelity_costs_its_epochs_and_all_that_were_asked_before():
    objective = fidelities(of={108: "acc", 36: "early"})
    assert objective.steps == (36, 108)
    lanes, key = objective.lanes(), objective.members.hashes()[4]
    lanes.enter(7, Architecture("", key), 0)
    assert lanes.advance() == {7: objective.members.metrics["early"].iloc[4]}
    assert lanes.advance() == {7: objective.values[4, 0]}
    whole = lanes.leave(7)
    assert (whole.values, whole.queries) == ((objective.values[4, 0],), (36 + 108) / 108)
    assert whole.seconds == pytest.approx(3.0 * (36 + 108) / 108)
    [plain] = objective([Architecture("", key)], [0])
    assert (plain.values, plain.queries) == (whole.values, 1)
    lanes.enter(8, Architecture("", key), 0)
    lanes.advance()
    assert lanes.leave(8).queries == 36 / 108


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({36: "acc", 108: "early"}, "the fidelity with the most epochs is the metric that is searched"),
        ({36: "none", 108: "acc"}, "no metric 'none' in the table"),
        ({0: "early", 108: "acc"}, "the epochs of early is a whole number from 1, but got 0"),
    ],
)
def test_fidelities_that_lead_nowhere_are_said(given, message):
    with pytest.raises(InputError, match=message):
        fidelities(of=given)
