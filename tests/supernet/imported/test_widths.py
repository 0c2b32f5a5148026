"""Widths: sides that can only change together."""

from __future__ import annotations


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
