"""NAS-Bench-Macro's network: published counts, and its layers as cells of rows."""

import numpy as np
import pandas as pd

from archgraph import spaces
from archgraph.networks.cost import cost
from archgraph.networks.macro_skeleton import network_of
from archgraph.networks.published.macro import NASBenchMacroSkeleton, join, split


def test_parameters_and_flops_of_all_records_are_the_published_ones(nasbench):
    space = spaces.get("macro")
    table = pd.read_parquet(nasbench / "nasbench_macro_c10.parquet", columns=["arch", "params", "flops"])
    ours = [cost(space.from_native(code), space) for code in table.arch]
    assert [(c.params, c.flops) for c in ours] == list(zip(table.params, table.flops, strict=True))


def test_the_cost_of_a_member_is_that_of_its_layers():
    # conv 3x3 to 32, 1x1 convolutions with stride 2 to 64, 128 and 256, 1x1 to 1280, norms, and a linear layer
    weights = 27 * 32 + 32 * 64 + 64 * 128 + 128 * 256 + 256 * 1280
    norms = 2 * (32 + 64 + 128 + 256 + 1280)
    found = cost(spaces.get("macro").from_native("00000000"), "macro")
    assert found.params == weights + norms + 12_810
    adds = 27 * 32 * 1024 + 32 * 64 * 256 + 64 * 128 * 64 + 128 * 256 * 16 + 256 * 1280 * 16 + 12_800
    assert found.flops == adds


def test_a_member_is_split_into_layers_and_joined_again():
    for graph in spaces.get("macro").sample(5, np.random.default_rng(0)):
        layers = split(graph)
        assert len(layers) == 8
        assert join(layers).ops == graph.ops


def test_the_path_of_its_layers_costs_what_the_member_does():
    skeleton = NASBenchMacroSkeleton((3, 32, 32), 10)
    assert skeleton.rows == 8
    for graph in spaces.get("macro").sample(3, np.random.default_rng(0)):
        assert network_of(skeleton, split(graph)).cost == cost(graph, "macro")
