"""What every builder refuses, and how it numbers layers."""

import pytest

from archgraph import CompileError
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.counter import CostCounter
from archgraph.networks.steps import RELU, conv, max_pool

BUILDERS = pytest.mark.parametrize("builder", [Blueprint, CostCounter])


@BUILDERS
def test_what_passes_on_one_value_is_no_layer(builder):
    made = builder((3, 8, 8))
    assert made.add("sum", 0) == 0
    assert made.shapes == [(3, 8, 8)]


@BUILDERS
def test_values_are_joined_and_cut(builder):
    made = builder((3, 8, 8))
    wide, narrow = made.add("wide", 0, conv(3, 5)), made.add("narrow", 0, conv(3, 2))
    assert made.shapes[made.add("both", [wide, narrow], join="concat")] == (7, 8, 8)
    assert made.shapes[made.add("least", [wide, narrow], cut=2)] == (2, 8, 8)
    assert made.shapes[made.add("weighted", [wide, wide], join="mixture")] == (5, 8, 8)


@BUILDERS
def test_values_of_different_shapes_are_not_joined(builder):
    made = builder((3, 8, 8))
    wide = made.add("wide", 0, conv(3, 4))
    with pytest.raises(CompileError, match="both: cannot join values of different shapes: 3x8x8, 4x8x8"):
        made.add("both", [0, wide])


@BUILDERS
def test_an_image_that_became_too_small_is_an_error_that_names_the_layer(builder):
    made = builder((3, 2, 2))
    x = made.add("a", 0, max_pool(2, 2))
    with pytest.raises(CompileError, match="b: an image of 2x2 is too small for MaxPool2d"):
        made.add("b", x, max_pool(2, 2))


@BUILDERS
def test_a_part_is_written_with_its_name_sources_and_arguments(builder):
    def branches(made, name, first, second, channels):
        both = [made.add(f"{name}_{i}", s, conv(3, channels)) for i, s in enumerate((first, second))]
        return made.add(f"{name}_sum", both, RELU)

    made = builder((3, 4, 4))
    for name in ("one", "two"):
        number = made.part(branches, name, (0, 0), 5)
        assert made.shapes[number] == (5, 4, 4)
        assert made.output == number
    assert made.cost.params == 2 * 2 * 15
    assert made.cost.flops == 2 * 2 * 15 * 16
