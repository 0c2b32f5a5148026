"""Costs that are counted are those of the blueprint."""

import numpy as np
import pytest
from small_networks import SMALL

from archgraph import ArchGraph, CompileError, spaces
from archgraph.networks import NETWORKS, blueprint
from archgraph.networks.cells import CellBuilder
from archgraph.networks.counter import CostCounter
from archgraph.networks.registry import network_name, write_network
from archgraph.networks.steps import Cost


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
