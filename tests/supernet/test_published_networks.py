"""The published networks, held against the counts of `archgraph.cost` and of the benchmarks."""

import numpy as np
import pandas as pd
import pytest
import torch
from small_networks import SMALL

from archgraph import ArchGraph, ArchTable, CompileError, InputError, spaces
from archgraph.cost import cost
from archgraph.networks import NETWORKS, blueprint
from archgraph.networks.cells import MIXTURE
from archgraph.networks.darts import mixed_graph
from supernet.hyper.mixed import MixedNetwork

PUBLISHED = [name for name in SMALL if not name.startswith("transnas")]


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_and_multiply_adds_are_the_published_ones(name):
    for graph in spaces.get(name).sample(12, np.random.default_rng(1)):
        assert blueprint(graph, name, (3, 32, 32), 10).cost == cost(graph, name)


@pytest.mark.parametrize("name", ["transnas", "transnas:macro"])
def test_a_transnas_backbone_costs_what_is_published_plus_its_classifier(name):
    for graph in spaces.get(name).sample(6, np.random.default_rng(1)):
        made = blueprint(graph, name, (3, 256, 256), 10)
        head = made.shapes[made.layers[-1].sources[0]][0] * 10
        assert made.cost.params - head - 10 == cost(graph, name).params
        assert made.cost.flops - head == cost(graph, name).flops


def test_nasbench101_parameters_are_those_of_1000_random_rows(nasbench):
    table = ArchTable.read(nasbench / "nb101_30001.parquet")
    for row in np.random.default_rng(0).choice(len(table), 1000, replace=False):
        made = blueprint(table[int(row)], "nasbench101", (3, 32, 32), 10)
        assert made.cost.params == table.metrics["params"][row]


@pytest.mark.slow
def test_nasbench201_parameters_are_those_of_all_records(nasbench):
    space = spaces.get("nasbench201")
    natives = pd.read_parquet(nasbench / "nb201.parquet", columns=["index", "arch_str"]).set_index("index").arch_str
    scores = pd.read_parquet(nasbench / "nb201_zerocost_freerea_all15625.parquet").query("dataset == 'c10'")
    published = scores.set_index("index").params_M.reindex(natives.index)
    ours = [blueprint(space.from_native(n), "nasbench201", (3, 32, 32), 10).cost.params for n in natives]
    assert (np.float32(np.array(ours) / 1e6) == published).all()
    assert len(ours) == 15_625


@pytest.mark.slow
def test_macro_parameters_and_flops_are_those_of_all_records(nasbench):
    space = spaces.get("macro")
    table = pd.read_parquet(nasbench / "nasbench_macro_c10.parquet", columns=["arch", "params", "flops"])
    ours = [blueprint(space.from_native(code), "macro", (3, 32, 32), 10).cost for code in table.arch]
    assert [(c.params, c.flops) for c in ours] == list(zip(table.params, table.flops, strict=True))


def test_darts_search_network_is_one_graph():
    graph = mixed_graph()
    assert graph.ops.count(MIXTURE) == 2 * 14
    made = blueprint(graph, "darts", (3, 16, 16), 5, channels=2, layers=3)
    assert list(made.mixtures.values()) == [8] * 28  # cells of one kind share their architecture parameters
    network = MixedNetwork(made, seed=0)
    assert network(torch.randn(2, 3, 16, 16)).shape == (2, 5)


def test_what_cannot_be_compiled_is_said_with_its_node():
    graph = ArchGraph(["input", "attention", "output"], [(0, 1), (1, 2)])
    with pytest.raises(CompileError, match=r"network of custom: node 1 \(attention\)"):
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
    assert set(NETWORKS) >= {"dag", "darts", "macro", "nasbench101", "nasbench201", "transnas", "transnas:macro"}
