"""The one network in which architectures are trained, searched and deployed."""

import numpy as np
import pytest

from archgraph import InputError, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.registry import blueprint

IMAGE = (3, 16, 16)


@pytest.fixture
def cell():
    return spaces.get("nasbench201").sample(1, np.random.default_rng(0))[0]


def test_the_published_network_is_the_usual_one(cell):
    chosen = NetworkChoice(settings={"channels": 8}).blueprint(cell, "nasbench201", IMAGE, 5)
    assert chosen.layers == blueprint(cell, "nasbench201", IMAGE, 5, channels=8).layers


def test_any_cell_can_stand_in_fades_rows(cell):
    chosen = NetworkChoice("rows", {"width": 8}).blueprint(cell, "nasbench201", IMAGE, 5)
    assert chosen.layers == blueprint(cell, "dag", IMAGE, 5, width=8).layers


def test_files_hold_all_of_it():
    choice = NetworkChoice("rows", {"width": 8})
    assert NetworkChoice.from_dict(choice.to_dict()) == choice


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda: NetworkChoice("cells"), "network is one of published, rows, pooled, but got 'cells'"),
        (lambda: NetworkChoice(settings={"width": 0}), "width is a whole number from 1"),
        (lambda: NetworkChoice.from_dict({"kind": "rows", "depth": 3}), "no setting 'depth'"),
    ],
)
def test_what_is_no_network_is_refused(made, reason):
    with pytest.raises(InputError, match=reason):
        made()


def test_an_unknown_setting_is_said_before_any_work(cell):
    with pytest.raises(InputError, match="no setting 'breadth'; known are"):
        NetworkChoice(settings={"breadth": 3}).check("nasbench201", cell)


@pytest.mark.parametrize(
    ("kind", "name"),
    [*(("published", name) for name in ("dag:1-4x2", "nasbench201", "darts", "macro")), ("rows", "nasbench201")],
)
def test_its_cost_is_that_of_the_blueprint(kind, name):
    graph = spaces.get(name).sample(1, np.random.default_rng(0))[0]
    choice = NetworkChoice(kind)
    assert choice.cost(graph, name, IMAGE, 5) == choice.blueprint(graph, name, IMAGE, 5).cost


def test_rows_have_a_skeleton_and_other_networks_none(cell):
    two = spaces.get("dag:1-4x2").from_native("1:|2:0-1")
    found = NetworkChoice(settings={"width": 8}).skeleton(two, "dag:1-4x2", IMAGE, 5)
    assert (found.rows, found.channels, found.classes) == (2, (2, 8), 5)
    assert NetworkChoice("rows").skeleton(cell, "nasbench201", IMAGE, 5).channels == (64,)
    assert NetworkChoice().skeleton(cell, "nasbench201", IMAGE, 5) is None
