"""Calls of operators become operations that describe themselves."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from archgraph.formats.traced.architecture import NOTHING
from archgraph.formats.traced.aten import Call
from archgraph.formats.traced.fx import from_module
from archgraph.op_names import parse


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


def test_steps_become_operations_with_their_features():
    graph, params = from_module(Residual(), (1, 3, 8, 8))
    assert graph.ops == (
        *("input", "conv3x3-s2-e4-bn-relu", "conv5x5-dw", "product", "sum", "globalavgpool"),
        *("reshape", "linear-e0.833", "output"),
    )
    assert graph.edges == [(0, 1), (1, 2), (1, 4), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8)]
    assert params == count(Residual())


X = (1, 4, 8, 8)
CALLS = [
    (Call("conv1d", {"stride": [2]}, {"input": (1, 3, 40), "weight": (8, 3, 7)}), "conv1d7-s2-e2.67"),
    (Call("conv2d", {"groups": 4}, {"input": X, "weight": (4, 1, 3, 3)}), "conv3x3-dw"),
    (Call("conv3d", {"dilation": [1, 2, 2]}, {"input": (1, 4, 8, 8, 8), "weight": (4, 4, 1, 3, 3)}), "conv3d1x3x3-d2"),
    (Call("conv_transpose2d", {"stride": [2, 2]}, {"input": X, "weight": (4, 2, 2, 2)}), "deconv2x2-s2-e0.5"),
    (Call("convolution", {"transposed": True}, {"input": X, "weight": (4, 2, 2, 2)}), "deconv2x2-e0.5"),
    (Call("max_pool2d", {"kernel_size": [3, 3], "stride": [2, 2]}, {"self": X}), "maxpool3x3-s2"),
    (Call("max_pool1d", {"kernel_size": [3]}, {"self": (1, 4, 9)}), "maxpool1d3-s3"),
    (Call("avg_pool3d", {"kernel_size": [2, 2, 2]}, {"self": (1, 4, 8, 8, 8)}), "avgpool3d2x2x2-s2"),
    (Call("adaptive_avg_pool2d", {"output_size": [1, 1]}, {"self": X}), "globalavgpool"),
    (Call("adaptive_avg_pool2d", {"output_size": [4, 2]}, {"self": X}), "avgpool2x4-s4"),
    (Call("adaptive_avg_pool2d", {"output_size": [7, 7]}, {"self": X}), "avgpool2x2"),
    (Call("adaptive_max_pool1d", {"output_size": [3]}, {"self": (1, 4, 8)}), "maxpool1d4-s2"),
    (Call("adaptive_avg_pool2d", {"output_size": [8, None]}, {"self": X}, result=X), NOTHING),
    (Call("adaptive_avg_pool2d", {"output_size": [16, 16]}, {"self": X}), "upsample"),
    (Call("adaptive_avg_pool2d", {"output_size": [7, 7]}, {}), "other:adaptive_avgpool"),
    (Call("mean", {"dim": [2, 3]}, {"self": X}), "globalavgpool"),
    (Call("mean", {"dim": [-1, -2]}, {"self": X}), "globalavgpool"),
    (Call("mean", {"dim": [1, 2]}, {"self": X}, channels=3), "globalavgpool"),
    (Call("mean", {"dim": [1]}, {"self": X}), "reducemean"),
    (Call("mean", {"dim": [1]}, {"self": (1, 9, 4)}), "globalavgpool"),
    (Call("mean", {"dim": [-1]}, {"self": (1, 9, 4)}), "reducemean"),
    (Call("mean", {"dim": [-1]}, {"self": (1, 4, 9)}, channels=1), "globalavgpool"),
    (Call("mean", {}, {"self": X}), "reducemean"),
    (Call("amax", {"dim": [2, 3]}, {"self": X}), "globalmaxpool"),
    (Call("max", {}, {"self": X, "other": X}), "maximum"),
    (Call("linear", {}, {"input": (1, 4), "weight": (8, 4)}, frozenset(("weight",)), (1, 8)), "linear-e2"),
    (Call("linear", {}, {"input": (1, 4), "weight": (8, 4)}, frozenset(), (1, 8)), "matmul"),
    (Call("addmm", {}, {"self": (8,), "mat1": (2, 4), "mat2": (4, 8)}, frozenset(("mat2",)), (2, 8)), "linear-e2"),
    (Call("matmul", {}, {"self": (2, 4), "other": (4, 8)}, frozenset(("self",)), (2, 8)), "linear-e0.5"),
    (Call("bmm", {}, {"self": (1, 2, 4), "mat2": (1, 4, 8)}, frozenset(), (1, 2, 8)), "matmul"),
    (Call("scaled_dot_product_attention", {}, {"query": (1, 6, 5, 4)}), "attention-h6"),
    (Call("hardtanh", {"min_val": 0.0, "max_val": 6.0}, {"self": X}), "relu6"),
    (Call("hardtanh", {}, {"self": X}), "hardtanh"),
    (Call("clamp", {"min": 0}, {"self": X}), "relu"),
    (Call("clamp", {"min": 1, "max": 2}, {"self": X}), "clip"),
    (Call("_native_batch_norm_legit_no_training", {}, {"input": X}), "bn"),
    (Call("upsample_bilinear2d", {}, {"self": X}, result=(1, 4, 16, 16)), "upsample"),
    (Call("view", {}, {"self": X}, result=(1, 256)), "reshape"),
    (Call("view", {}, {"self": X}, result=X), NOTHING),
    (Call("slice", {}, {"self": X}, result=X), NOTHING),
    (Call("__and__", {}, {"self": X}), "logical"),
    (Call("frobnicate", {}, {"self": X}), "other:frobnicate"),
    (Call("conv2d", {"groups": 1}, {"input": X, "weight": (80_000, 1, 1, 1)}), "conv1x1-e9990"),
]


@pytest.mark.parametrize(("call", "word"), CALLS, ids=[f"{call.name}-{word}" for call, word in CALLS])
def test_a_call_is_named_by_what_it_computes(call, word):
    assert call.word() == word
    assert word == NOTHING or parse(word) is not None


def computed(name: str) -> nn.Module:
    layer = nn.Conv2d(3, 6, 5, stride=2)
    if name == "standardised":

        class Standardised(nn.Conv2d):
            def forward(self, x):
                weight = (self.weight - self.weight.mean((1, 2, 3), keepdim=True)) / self.weight.std()
                return F.conv2d(x, weight, self.bias, self.stride)

        return Standardised(3, 6, 5, stride=2)
    return getattr(parametrizations, name)(layer)


@pytest.mark.parametrize("name", ["standardised", "weight_norm", "spectral_norm"])
def test_a_convolution_whose_weight_is_computed_is_one(name):
    module = computed(name)
    graph, params = from_module(module, (1, 3, 8, 8))
    assert graph.ops == ("input", "conv5x5-s2-e2", "output")
    assert params == count(module)


def test_a_pooling_over_all_places_is_global_wherever_channels_stand():
    class ChannelsLast(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem, self.norm = nn.Conv2d(3, 8, 2, 2), nn.LayerNorm(8)

        def forward(self, x):
            y = self.norm(self.stem(x).permute(0, 2, 3, 1))
            return y.mean((1, 2)), y.flatten(1, 2).mean(1), y.permute(0, 3, 1, 2).amax((2, 3)), y.mean((1, 3))

    ops = from_module(ChannelsLast(), (1, 3, 8, 8))[0].ops
    assert [op for op in ops if "pool" in op or "reduce" in op] == [
        "globalavgpool",
        "globalavgpool",
        "globalmaxpool",
        "reducemean",
    ]
