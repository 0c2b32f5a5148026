"""Steps of a traced network become an architecture."""

from __future__ import annotations

from torch import nn

from archgraph.formats.traced.fx import from_module


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_a_layer_that_two_read_keeps_its_activation_apart():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x):
            y = self.conv(x)
            return y.relu() + y

    assert from_module(Two())[0].ops == ("input", "conv1x1", "relu", "sum", "output")


def test_a_shared_layer_counts_once():
    layer = nn.Linear(4, 4)
    graph, params = from_module(nn.Sequential(layer, nn.ReLU(), layer))
    assert graph.ops == ("input", "linear-relu", "linear", "output")
    assert params == count(layer)
