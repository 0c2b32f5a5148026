"""Widths: sides that can only change together."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archgraph.formats.traced.program import ExampleInput
from supernet.imported.places import Layout
from supernet.imported.program import program_of


class Reduced(nn.Module):
    """Something between two convolutions."""

    def __init__(self, function):
        super().__init__()
        self.a, self.b, self.function = nn.Conv2d(1, 16, 3), nn.Conv2d(16, 16, 1), function

    def forward(self, x):
        y = self.a(x)
        return self.b(self.function(y) * y)


def test_channels_that_are_added_are_one_width(cases):
    widths = cases["residual"].layout.widths
    assert widths.of("$0.weight", 0) is widths.of("$3.1.conv2.weight", 0)
    assert widths.of("$0.weight", 0) is not widths.of("$3.0.conv1.weight", 0)
    assert widths.of("$3.0.conv1.weight", 0) is widths.of("$3.0.conv2.weight", 1)


def test_a_width_can_change_where_all_who_read_it_agree(cases):
    widths = cases["residual"].layout.widths
    assert widths.of("$3.0.conv1.weight", 0).changeable
    assert not widths.of("$0.weight", 1).changeable  # the images' own
    assert not widths.of("$7.weight", 0).changeable  # the classes


def test_heads_cannot_change_and_a_layer_norm_mixes(cases):
    widths = cases["tokens"].layout.widths
    assert widths.of("$blocks.0.qkv.weight", 0).frozen
    assert widths.of("$blocks.0.fc1.weight", 0).changeable
    assert widths.of("$blocks.0.proj.weight", 0).mixes


@pytest.mark.parametrize(
    ("function", "frozen"),
    [
        (lambda y: y.norm(dim=1, keepdim=True), True),
        (lambda y: torch.linalg.vector_norm(y, dim=(2, 3), keepdim=True), False),
        (lambda y: y.mean((2, 3), keepdim=True), False),
        (lambda y: y.sum((), keepdim=True), True),
        (lambda y: y.amax(1, keepdim=True), True),
    ],
)
def test_a_width_is_frozen_where_its_numbers_are_taken_together(function, frozen):
    layout = Layout(*program_of(Reduced(function), [ExampleInput((2, 1, 8, 8))]))
    assert layout.widths.of("$a.weight", 0).frozen == frozen
    assert ("a.width" in layout.places) == (not frozen)
