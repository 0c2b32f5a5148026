"""The table of networks."""

import numpy as np
import pytest

from archgraph import ArchGraph, CompileError, InputError, spaces
from archgraph.networks.cost import cost
from archgraph.networks.registry import NETWORKS, blueprint, network_name

NAMES = [
    "dag:1-5",
    "dag:1-5x3",
    "nasbench101",
    "nasbench201",
    "darts",
    "macro",
    "nats:size",
    "transnas",
    "transnas:macro",
]
CHAIN = ArchGraph(["input", "identity", "output"], [(0, 1), (1, 2)])
ROWS = spaces.get("dag:1-2x2").from_native("1:|1:")


@pytest.mark.parametrize(
    ("space", "graph", "name"),
    [
        ("dag", CHAIN, "dag"),
        ("dag:1-5x3", CHAIN, "dag"),
        ("transnas", CHAIN, "transnas"),
        ("transnas:macro", CHAIN, "transnas:macro"),
        ("custom:mine.yaml", CHAIN, "custom"),
        ("mine", CHAIN, "custom"),
        ("", CHAIN, "custom"),
        ("", ROWS, "dag"),
    ],
)
def test_a_space_with_or_without_parameters_has_one_network(space, graph, name):
    assert network_name(space, graph) == name


@pytest.mark.parametrize("name", [name for name in spaces.SPACES if name != "module"])
def test_every_shipped_space_stands_in_the_table(name):
    assert name in NETWORKS


@pytest.mark.parametrize("name", NAMES)
def test_every_space_has_a_cost_which_is_that_of_its_blueprint(name):
    for graph in spaces.get(name).sample(3, np.random.default_rng(2)):
        assert cost(graph, name, image=32, classes=10) == blueprint(graph, name, (3, 32, 32), 10).cost


def test_what_cannot_be_compiled_is_said_with_its_node():
    graph = ArchGraph(["input", "lrn", "output"], [(0, 1), (1, 2)])
    with pytest.raises(CompileError, match=r"network of custom: node 1 \(lrn\)"):
        blueprint(graph, "mine", (1, 8, 8), 3)
    with pytest.raises(CompileError, match="no inputs"):
        blueprint(graph, "darts", (3, 8, 8), 3)


def test_unknown_settings_are_refused():
    graph = spaces.get("macro").from_native("00000000")
    with pytest.raises(InputError, match=r"no setting 'depth'; known are channels \(a whole number\), head"):
        blueprint(graph, "macro", (3, 8, 8), 3, depth=3)
    with pytest.raises(InputError, match="channels is a whole number from 1 to 65536, but got 0"):
        blueprint(graph, "macro", (3, 8, 8), 3, channels=0)
    with pytest.raises(InputError, match="classes is a whole number from 1, but got 0"):
        blueprint(graph, "macro", (3, 8, 8), 0)
