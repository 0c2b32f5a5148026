"""Steps that together are one operation."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from archgraph.formats.traced.architecture import NOTHING, TracedStep
from archgraph.formats.traced.fusion import attention_groups, join
from archgraph.formats.traced.fx import from_module


def test_a_group_becomes_one_step_with_the_sources_from_outside():
    steps = [
        TracedStep("x", "input"),
        TracedStep("w", "constant", params=3),
        TracedStep("a", "step", "relu", ("x", "w")),
        TracedStep("b", "step", "tanh", ("a", "x"), params=2),
        TracedStep("end", "output", sources=("b",)),
    ]
    joined = join(steps, {"a": ("ab", "attention"), "b": ("ab", "attention")})
    assert joined == [
        *steps[:2],
        TracedStep("ab", "step", "attention", ("x", "w"), 2),
        TracedStep("end", "output", NOTHING, ("ab",)),
    ]


class Written(nn.Module):
    """Attention in one of the ways in which it is written."""

    def __init__(self, way):
        super().__init__()
        self.way, self.qkv, self.bias = way, nn.Linear(12, 36), nn.Parameter(torch.zeros(3, 5, 5))

    def forward(self, x):
        q, k, v = self.qkv(x).reshape(x.shape[0], 5, 3, 3, 4).permute(2, 0, 3, 1, 4)
        mask = torch.ones(5, 5).tril().bool()
        if self.way == "called":
            return F.scaled_dot_product_attention(q, k, v, attn_mask=self.bias)
        if self.way == "plain":
            return (q @ k.transpose(-2, -1) / 2 + self.bias).softmax(-1) @ v
        if self.way == "masked":
            scores = torch.matmul(q * 0.5, k.transpose(-2, -1)).masked_fill(~mask, -9.0) + self.bias
            return F.dropout(F.softmax(scores.float(), -1), 0.1, self.training).to(v.dtype) @ v
        return torch.einsum("bhij,bhjd->bhid", (torch.einsum("bhid,bhjd->bhij", q, k) + self.bias).softmax(-1), v)


@pytest.mark.parametrize("way", ["called", "plain", "masked", "einsum"])
def test_attention_is_one_operation_however_it_is_written(way):
    graph, params = from_module(Written(way), (2, 5, 12))
    assert [op for op in graph.ops if op.startswith("attention")] == ["attention-h3"]
    assert not {"matmul", "softmax", "sum"} & set(graph.ops)
    assert params == 36 * 13 + 75


def test_a_softmax_that_is_no_attention_stays_one():
    class Mixes(nn.Module):
        def forward(self, x):
            return x.softmax(-1) @ x.transpose(-2, -1)

    assert {"softmax", "matmul"} <= set(from_module(Mixes(), (2, 5, 12))[0].ops)


def test_scores_that_another_reads_are_no_part_of_attention():
    steps = [
        TracedStep("x", "input"),
        TracedStep("scores", "step", "matmul", ("x",)),
        TracedStep("soft", "step", "softmax", ("scores",)),
        TracedStep("y", "step", "matmul", ("soft", "x")),
        TracedStep("end", "output", sources=("y",)),
    ]
    assert {key for _, (key, _) in attention_groups(steps).items()} == {("attention", "soft")}
    steps[-1] = TracedStep("end", "output", sources=("y", "scores"))
    assert attention_groups(steps) == {}
