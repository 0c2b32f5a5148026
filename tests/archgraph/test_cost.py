"""Costs in the published networks."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from archgraph import ArchGraph, ArchTable, GraphError, InputError, spaces
from archgraph.cost import NETWORKS, Cost, cost, latency
from archgraph.networks.closed.nasbench101 import channel_shares, vertex_channels

PDARTS = (
    "Genotype(normal=[('skip_connect', 0), ('dil_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('sep_conv_3x3', 3), ('sep_conv_3x3', 0), ('dil_conv_5x5', 4)], "
    "normal_concat=range(2, 6), reduce=[('avg_pool_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_3x3', 0), "
    "('dil_conv_5x5', 2), ('max_pool_3x3', 0), ('dil_conv_3x3', 1), ('dil_conv_3x3', 1), ('dil_conv_5x5', 3)], "
    "reduce_concat=range(2, 6))"
)
DARTS_V2 = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], "
    "normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), "
    "('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], "
    "reduce_concat=range(2, 6))"
)
CONV3_CELL = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|"


@pytest.mark.parametrize(("genotype", "params"), [(DARTS_V2, 3_349_342), (PDARTS, 3_433_798)])
def test_published_genotypes_have_their_published_parameters(genotype: str, params: int) -> None:
    assert cost(spaces.get("darts").from_native(genotype), "darts").params == params


def test_the_largest_nasbench201_cell_has_its_published_cost() -> None:
    # published: 1.531546 M parameters and 220.11969 M FLOPs, where the ten biases of the last layer count too
    found = cost(spaces.get("nasbench201").from_native(CONV3_CELL), "nasbench201")
    assert found == Cost(1_531_546, 220_119_690 - 10)


def test_nasbench101_parameters_are_the_published_ones(nasbench: Path) -> None:
    table = ArchTable.read(nasbench / "nb101_30001.parquet")
    for i in range(0, len(table), 30):
        assert NETWORKS["nasbench101"](table[i]).params == table.metrics["params"][i]


@pytest.mark.slow
def test_all_nasbench101_parameters_are_the_published_ones(nasbench: Path) -> None:
    table = ArchTable.read(nasbench / "nb101_30001.parquet")
    assert [NETWORKS["nasbench101"](graph).params for graph in table] == table.metrics["params"].tolist()


@pytest.fixture(scope="module")
def nasbench201_counts(nasbench: Path) -> pd.DataFrame:
    space = spaces.get("nasbench201")
    table = pd.read_parquet(nasbench / "nb201.parquet", columns=["index", "arch_str", "params_M", "iso_id"])
    table["ours"] = [NETWORKS["nasbench201"](space.from_native(native)).params for native in table.arch_str]
    return table


def test_nasbench201_parameters_are_the_published_ones(nasbench: Path, nasbench201_counts: pd.DataFrame) -> None:
    table = nasbench201_counts.set_index("index")
    scores = pd.read_parquet(nasbench / "nb201_zerocost_freerea_all15625.parquet").query("dataset == 'c10'")
    published = scores.set_index("index").params_M.reindex(table.index)
    assert (np.float32(table.ours / 1e6) == published).all()
    assert len(published) == 15_625


def test_where_nasbench201_records_differ_they_average_over_cells_of_one_group(
    nasbench201_counts: pd.DataFrame,
) -> None:
    table = nasbench201_counts
    other = table[np.float32(table.ours / 1e6) != table.params_M]
    assert (len(table) - len(other), len(other)) == (15_421, 204)
    groups = table.groupby("iso_id").ours.agg(["min", "max"])
    bounds = groups.loc[other.iso_id]
    inside = (bounds["min"].to_numpy() < other.params_M * 1e6) & (other.params_M * 1e6 < bounds["max"].to_numpy())
    assert inside.all()


def test_macro_parameters_and_flops_are_the_published_ones(nasbench: Path) -> None:
    space = spaces.get("macro")
    table = pd.read_parquet(nasbench / "nasbench_macro_c10.parquet", columns=["arch", "params", "flops"])
    ours = [NETWORKS["macro"](space.from_native(code)) for code in table.arch]
    assert [(c.params, c.flops) for c in ours] == list(zip(table.params, table.flops, strict=True))


def test_channels_are_divided_among_concatenated_vertices_remainder_first() -> None:
    edges = [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]
    assert vertex_channels(5, edges, 64, 128) == [64, 43, 43, 42, 128]


def test_shares_of_channels_are_the_channels_where_no_remainder_is_left() -> None:
    for graph in spaces.get("nasbench101").sample(20, np.random.default_rng(0)):
        adjacency = np.zeros((1, graph.num_nodes, graph.num_nodes), dtype=np.bool_)
        adjacency[0, *graph.edge_index.numpy()] = True
        expected = vertex_channels(graph.num_nodes, graph.edges, 60, 60)
        np.testing.assert_allclose(channel_shares(adjacency)[0] * 60, expected)


def test_a_vertex_that_feeds_only_others_has_the_largest_of_their_channels() -> None:
    edges = [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]
    assert vertex_channels(5, edges, 128, 129) == [128, 65, 65, 64, 129]


@pytest.mark.parametrize("name", ["nasbench101", "nasbench201", "darts", "macro", "transnas", "transnas:macro"])
def test_costs_grow_with_the_image_but_parameters_do_not(name: str) -> None:
    graph = spaces.get(name).sample(1, np.random.default_rng(0))[0]
    small, large = (cost(graph, name, image=image) for image in (64, 128))
    assert small.params == large.params
    assert 3.5 < large.flops / small.flops <= 4.0


def test_a_transnas_network_costs_what_its_layers_do() -> None:
    def basic(inputs: int, outputs: int) -> int:
        shortcut = inputs * outputs + 2 * outputs if inputs != outputs else 0
        return 9 * inputs * outputs + 27 * outputs * outputs + 8 * outputs + shortcut

    stem = 3 * 9 * 32 + 64 + 32 * 9 * 64 + 128
    total = stem + basic(64, 128) + basic(128, 128) + basic(128, 128) + basic(128, 128)
    halved = 128 * 128 + 256  # the third module halves the image, so its first cell has a shortcut, too
    graph = spaces.get("transnas:macro").from_native("2131")
    assert cost(graph, "transnas:macro").params == total + halved


def test_rows_are_counted_in_fades_network_and_other_numbers_of_rows_are_refused() -> None:
    graph = spaces.get("dag:1-4x2").from_native("1:|2:0-1")
    expected = (27 * 16 + 16) + (9 * 16 * 16 + 16) + (9 * 16 * 64 + 64) + 2 * (9 * 64 * 64 + 64) + 64 * 2 * 2 * 10 + 10
    assert cost(graph, "dag:1-4x2").params == expected
    with pytest.raises(InputError, match="2, 3 or 4 rows, but got 1"):
        cost(spaces.get("dag:4").from_native("4:"), "dag:4")


def test_a_graph_of_another_space_and_an_unknown_setting_are_refused() -> None:
    graph = spaces.get("macro").from_native("00000000")
    with pytest.raises(GraphError, match="not a member of nasbench201"):
        cost(graph, "nasbench201")
    with pytest.raises(InputError, match=r"no setting 'depth'; known are classes \(a whole number\), image"):
        cost(graph, "macro", depth=3)
    with pytest.raises(InputError, match="image is a whole number from 1 to"):
        cost(graph, "macro", image=0)


def test_a_space_without_published_network_is_refused() -> None:
    space = spaces.NodeCellSpace("own", ["identity"], 4, 5)
    graph = ArchGraph(["input", "identity", "output"], [(0, 1), (1, 2)])
    with pytest.raises(InputError, match="no network is published for the space own"):
        cost(graph, space)


def test_latency_is_measured_and_leaves_the_mode_alone() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    assert latency(module, (2, 3, 8, 8), repeats=3, warmup=1) > 0
    assert module.training
    with pytest.raises(InputError, match="repeats is a whole number from 1"):
        latency(module, (2, 3, 8, 8), repeats=0)


@pytest.mark.gpu
def test_latency_is_measured_on_a_gpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    assert latency(nn.Linear(8, 8), (2, 8), device="cuda") > 0
