"""What every builder refuses, how it numbers layers, and that what is counted is what the blueprint costs."""

import numpy as np
import pytest
from small_networks import SMALL

from archgraph import ArchGraph, CompileError, spaces
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.builder import CostCounter
from archgraph.networks.cells import CellBuilder
from archgraph.networks.registry import NETWORKS, blueprint, network_name, write_network
from archgraph.networks.steps import RELU, Cost, conv, max_pool

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


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("published", [True, False])
def test_the_count_is_that_of_the_blueprint(name, published):
    settings = {} if published else SMALL[name]
    for graph in spaces.get(name).sample(5, np.random.default_rng(1)):
        image = NETWORKS[network_name(name, graph)].image
        counter = write_network(CostCounter(image), graph, name, 7, settings)
        assert counter.cost == blueprint(graph, name, image, 7, **settings).cost


def test_a_cell_that_was_counted_is_not_written_again():
    graph = spaces.get("nasbench201").from_native(
        "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|"
    )
    cell, written = CellBuilder(graph), []

    class Counted:
        def __call__(self, made, prefix, source):
            written.append(prefix)
            return cell(made, prefix, source)

    build, counter = Counted(), CostCounter((4, 8, 8))
    x = counter.part(build, "a", (0,))
    params, flops = counter.cost.params, counter.cost.flops
    x = counter.part(build, "b", (x,))
    assert written == ["a"]
    assert (counter.cost, counter.shapes[x]) == (Cost(2 * params, 2 * flops), (4, 8, 8))
    CostCounter((4, 8, 8)).part(build, "other network", (0,))
    assert written == ["a", "other network"]


def test_what_cannot_be_counted_is_said_as_of_the_blueprint():
    graph = ArchGraph(["input", "conv3x3-s2-bn", "sum", "output"], [(0, 1), (0, 2), (1, 2), (2, 3)])
    with pytest.raises(CompileError) as written:
        blueprint(graph, "mine", (3, 8, 8), 10)
    with pytest.raises(CompileError) as counted:
        write_network(CostCounter((3, 8, 8)), graph, "mine", 10, {})
    assert "stage0_cell0_node2: cannot join" in str(counted.value)
    assert str(counted.value) == str(written.value)
