"""Modules and functions become operations that describe themselves."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from archgraph.formats.traced.fx import _exported, from_module


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


class Residual(nn.Module):
    """Two convolutions with a shortcut, and everything that must not become a node."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(12)
        self.depthwise = nn.Conv2d(12, 12, 5, padding=2, groups=12)
        self.drop = nn.Dropout()
        self.scale = nn.Parameter(torch.ones(12, 1, 1))
        self.head = nn.Linear(12, 10)

    def forward(self, x):
        x = F.relu(self.norm(self.conv(x)))
        y = self.drop(self.depthwise(x)) * self.scale
        y = x + y
        y = F.adaptive_avg_pool2d(y, 1)
        return self.head(y.view(y.size(0), -1))


@pytest.mark.parametrize("trace", [from_module, lambda module: _exported(module, (1, 3, 8, 8))])
def test_steps_become_operations_with_their_features(trace):
    graph, params = trace(Residual())
    assert graph.ops == (
        *("input", "conv3x3-s2-e4-bn-relu", "conv5x5-dw", "product", "sum", "globalavgpool"),
        *("other:reshape", "linear-e0.833", "output"),
    )
    assert graph.edges == [(0, 1), (1, 2), (1, 4), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8)]
    assert params == count(Residual())
