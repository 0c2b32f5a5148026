"""The steps of a program."""

from __future__ import annotations

from collections import defaultdict

import pytest
import torch
from input_uses import false_input_edges, missing_input_edges
from random_modules import CHANNELS, SIDE, RandomModule
from torch import nn
from torch.nn import functional as F

from archgraph.formats.traced.fx import TracedNetwork, from_module, trace_network
from archgraph.formats.traced.program import ExampleInput
from archgraph.op_names import ACTIVATIONS, NORMS


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


class Tied(nn.Module):
    """Two layers share a weight, and one of them never runs."""

    def __init__(self):
        super().__init__()
        self.e, self.b, self.h = nn.Linear(16, 50, bias=False), nn.Linear(16, 16), nn.Linear(16, 50, bias=False)
        self.h.weight = self.e.weight

    def forward(self, x):
        return self.h(F.relu(self.b(x if x.shape[0] > 4 else x * 2)))


def test_a_parameter_that_is_tied_counts_once():
    assert from_module(Tied(), (8, 16))[1] == 1072


class Positions(nn.Module):
    def __init__(self):
        super().__init__()
        self.tok, self.pos, self.ln, self.head = (
            nn.Linear(16, 32),
            nn.Embedding(64, 32),
            nn.LayerNorm(32),
            nn.Linear(32, 10),
        )

    def forward(self, x):
        return self.head(self.ln(self.tok(x) + self.pos(torch.arange(x.shape[1], device=x.device))))


def test_a_table_of_positions_stands_after_the_input():
    graph, params = from_module(Positions(), (1, 5, 16))
    assert graph.ops == ("input", "linear-e2", "embedding", "sum", "ln", "linear-e0.312", "output")
    assert graph.edges[:4] == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert params == 2986


def test_a_layer_on_numbers_of_positions_stands_after_the_input():
    class Computed(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(1, 16)

        def forward(self, x):
            return x + self.layer(torch.arange(x.shape[1]).float()[:, None])

    assert from_module(Computed(), (1, 5, 16))[0].edges == [(0, 1), (0, 2), (1, 2), (2, 3)]


def test_a_table_that_is_a_parameter_belongs_to_who_takes_it():
    class Table(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.layer = nn.Parameter(torch.zeros(5, 8)), nn.Linear(8, 16)

        def forward(self, x):
            return x + self.layer(self.table.relu())

    network = trace_network(Table(), [ExampleInput((1, 5, 16))])
    assert network.graph.ops == ("input", "sum", "output")
    assert network.parameters(1) == ["table", "layer.weight", "layer.bias"]


class Regions(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(16, 32), nn.Linear(32, 16)

    def forward(self, x):
        with torch.autocast("cpu", enabled=False), torch.no_grad():
            y, z = self.a(x.float()), x * 2
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.b(F.gelu(y))
        return y + z


def test_regions_are_opened():
    graph, params = from_module(Regions(), (2, 16))
    assert graph.ops == ("input", "linear-e2-gelu", "product", "linear-e0.5", "sum", "output")
    assert graph.edges == [(0, 1), (0, 2), (1, 3), (2, 4), (3, 4), (4, 5)]
    assert params == 1072


def test_branches_that_data_choose_are_both_part_of_the_network():
    class Chooses(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x):
            return torch.cond(x.sum() > 0, lambda x: self.a(x).relu(), lambda x: self.b(x), (x,))

    graph, params = from_module(Chooses(), (2, 4))
    assert params == 40
    after = {graph.ops[s] for s, t in graph.edges if graph.ops[t] == "where"}
    assert after == {"compare", "linear-relu", "linear"}


class Attends(nn.Module):
    def __init__(self, heads=4):
        super().__init__()
        self.attention, self.norm = nn.MultiheadAttention(16, heads, batch_first=True), nn.LayerNorm(16)

    def forward(self, x):
        y = self.norm(x)
        return x + self.attention(y, y, y)[0]


@pytest.mark.parametrize("heads", [1, 4])
def test_multi_head_attention_is_one_operation_with_its_heads(heads):
    network = trace_network(Attends(heads), [ExampleInput((1, 5, 16))])
    assert network.graph.ops == ("input", "ln", f"attention{f'-h{heads}' * (heads > 1)}", "sum", "output")
    assert network.graph.edges == [(0, 1), (0, 3), (1, 2), (2, 3), (3, 4)]
    assert len(network.parameters(2)) == 4


def test_only_a_shape_or_a_type_is_no_edge():
    class References(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1, 1))

        def forward(self, x):
            y = x.relu()
            ones = torch.zeros_like(x) + y.new_ones(3)
            return self.scale.expand_as(y).type_as(x) * y + ones.fill_(2)

    graph = from_module(References(), (2, 3))[0]
    assert graph.ops == ("input", "relu", "product", "output")
    assert graph.edges == [(0, 1), (1, 2), (2, 3)]


def test_a_node_leads_to_its_parameters_and_to_its_steps():
    network = trace_network(
        nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.ReLU()), [ExampleInput((1, 3, 8, 8))]
    )
    assert network.graph.ops == ("input", "conv1x1-e1.33-bn-relu", "output")
    assert network.parameters(1) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert network.steps(1)[-3:] == ["conv2d", "batch_norm", "relu"]


@pytest.mark.parametrize("how", ["layer", "indexed"])
def test_a_table_that_data_look_up_is_an_embedding(how):
    class LooksUp(nn.Module):
        def __init__(self):
            super().__init__()
            self.table = nn.Embedding(10, 4)

        def forward(self, tokens):
            return self.table(tokens) if how == "layer" else self.table.weight[tokens]

    assert from_module(LooksUp(), "2,4:int64")[0].ops == ("input", "embedding", "output")


# networks of a grammar


def found(network: TracedNetwork) -> dict[str, int]:
    graph, before = network.graph, defaultdict(list)
    for source, target in graph.edges:
        before[target].append(source)
    words = [word for op in graph.ops for word in op.split("-")]
    depth: list[int] = []
    for node, op in enumerate(graph.ops):
        depth.append(max((depth[s] for s in before[node]), default=0) + op.startswith(("conv", "linear", "embedding")))
    return {
        "params": network.params,
        "input_uses": sum(source == 0 for source, _ in graph.edges),
        "joins": sum(len(sources) > 1 for sources in before.values()),
        "activations": sum(word in ACTIVATIONS for word in words),
        "norms": sum(word in NORMS for word in words),
        "depth": depth[-1],
    }


@pytest.mark.parametrize(
    "seeds",
    [range(60), *(pytest.param(range(n, n + 200), marks=pytest.mark.slow) for n in range(60, 2060, 200))],
    ids=str,
)
def test_networks_of_a_grammar_have_the_graphs_that_follow_from_it(seeds):
    inputs = [ExampleInput((2, CHANNELS, SIDE, SIDE))]
    for seed in seeds:
        module = RandomModule(seed)
        known = module.known
        network = trace_network(module, inputs)
        right = {name: getattr(known, name) for name in ("input_uses", "joins", "activations", "norms", "depth")}
        assert found(network) == {"params": count(module), **right}, f"seed {seed}"
        assert set(map(id, module.parameters())) == set(map(id, known.params)), f"seed {seed}"
        assert all(module.training for module in module.modules())


@pytest.mark.parametrize("module", [Positions(), Attends()], ids=["positions", "attention"])
def test_each_use_of_the_input_is_an_edge_and_no_other(module):
    inputs = [ExampleInput((1, 5, 16))]
    network = trace_network(module, inputs)
    assert false_input_edges(network) == 0
    assert missing_input_edges(network, module, inputs) == 0
