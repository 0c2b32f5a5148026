"""What architectures cost in their network."""

import numpy as np
import pytest
import torch

from archgraph import InputError, spaces
from archgraph.networks.choice import NetworkChoice
from search.objectives.costs import NetworkCosts
from supernet.network import Network


@pytest.fixture
def costs():
    return NetworkCosts(spaces.get("macro"), NetworkChoice(settings={"channels": 4}), (1, 8, 8), 10)


def test_costs_are_those_of_the_network_that_is_trained(costs):
    [graph] = costs.space.sample(1, np.random.default_rng(0))
    blueprint = costs.network.blueprint(graph, "macro", (1, 8, 8), 10)
    found = costs.counted(graph, "depth", "params", "flops")
    assert found == {"depth": blueprint.depth, "params": blueprint.cost.params, "flops": blueprint.cost.flops}
    weights = [module for module in Network(blueprint).modules() if isinstance(module, torch.nn.Conv2d)]
    assert found["params"] > sum(weight.weight.numel() for weight in weights) > 0
    with pytest.raises(InputError, match="cost is one of params, flops, depth, but got 'latency_ms'"):
        costs.counted(graph, "latency_ms")


def test_a_latency_is_measured_once_an_architecture(costs, monkeypatch):
    [graph] = costs.space.sample(1, np.random.default_rng(0))
    first = costs.latency("a", lambda: graph)
    median, spread = costs.latencies["a"]
    assert first == median > 0
    assert spread >= 0
    monkeypatch.setattr("search.objectives.costs.latency", None)
    assert costs.latency("a", lambda: graph) == first


def test_what_trials_hold_is_taken_up_and_changes_nothing_that_is_known(costs):
    costs.latencies["a"] = (1.0, 0.1)
    costs.recall("b", {"latency_ms": 3.0, "latency_ms_spread": 0.2, "latencies": {"a": [9.0, 9.0], "c": [4.0, 0.3]}})
    costs.recall("d", {"gmacs": 1.0})
    assert costs.latencies == {"a": (1.0, 0.1), "b": (3.0, 0.2), "c": (4.0, 0.3)}
