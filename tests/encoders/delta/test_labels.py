import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from encoders.delta.labels import labelled_rows


@pytest.fixture
def table():
    graphs = spaces.get("nasbench101").sample(12, np.random.default_rng(0))
    return ArchTable.from_graphs(
        graphs, metrics={"acc": np.arange(12.0), "flat": np.ones(12), "gone": np.full(12, np.nan)}
    )


def test_rows_without_the_metric_play_no_part(table):
    table.metrics.loc[[1, 5], "acc"] = np.nan
    assert not {1, 5} & set(labelled_rows(table, "acc", None, 0).tolist())


def test_a_drawn_training_set_depends_on_the_seed_alone(table):
    a, b, c = (labelled_rows(table, "acc", 6, seed).tolist() for seed in (0, 0, 1))
    assert a == b != c
    assert len(a) == 6


@pytest.mark.parametrize(
    ("metric", "size", "message"),
    [
        ("loss", None, "no metric loss.*acc"),
        ("gone", None, "0 of 12 graphs; at least 4"),
        ("flat", None, "is 1 for every labelled graph"),
        ("acc", 3, "4 to 12.*got 3"),
        ("acc", 13, "4 to 12.*got 13"),
    ],
)
def test_labels_that_teach_nothing_are_refused(table, metric, size, message):
    with pytest.raises(InputError, match=message):
        labelled_rows(table, metric, size, 0)


def test_one_architecture_with_two_labels_is_refused_and_with_one_taken_once(table):
    twice = ArchTable.concatenate([table, table[:2]])
    assert len(labelled_rows(twice, "acc", None, 0)) == 12
    twice.metrics.loc[12, "acc"] = 7.5
    with pytest.raises(InputError, match=r"graphs 0 and 0 are the same architecture.*0 and 7.5"):
        labelled_rows(twice, "acc", None, 0)
