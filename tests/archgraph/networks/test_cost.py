"""What architectures cost; published counts stand with the networks, in tests/archgraph/networks."""

import numpy as np
import pytest

from archgraph import ArchGraph, GraphError, InputError, spaces
from archgraph.networks.cost import Cost, cost


@pytest.mark.parametrize("name", ["nasbench101", "nasbench201", "darts", "macro", "transnas", "transnas:macro"])
def test_costs_grow_with_the_image_but_parameters_do_not(name: str) -> None:
    graph = spaces.get(name).sample(1, np.random.default_rng(0))[0]
    small, large = (cost(graph, name, image=image) for image in (64, 128))
    assert small.params == large.params
    assert 3.5 < large.flops / small.flops <= 4.0


def test_settings_change_the_network_that_is_counted() -> None:
    graph = spaces.get("macro").from_native("00000000")
    assert cost(graph, "macro", classes=100).params - cost(graph, "macro").params == 90 * 1281
    assert cost(graph, "macro", head=10).params < cost(graph, "macro").params


def test_a_graph_of_another_space_and_an_unknown_setting_are_refused() -> None:
    graph = spaces.get("macro").from_native("00000000")
    with pytest.raises(GraphError, match="not a member of nasbench201"):
        cost(graph, "nasbench201")
    with pytest.raises(InputError, match=r"no setting 'depth'; known are channels \(a whole number\), head"):
        cost(graph, "macro", depth=3)
    with pytest.raises(InputError, match="image is a whole number from 1 to"):
        cost(graph, "macro", image=0)
    with pytest.raises(InputError, match="classes is a whole number from 1"):
        cost(graph, "macro", classes=0)


def test_a_space_without_published_network_is_counted_in_that_of_own_spaces() -> None:
    space = spaces.NodeCellSpace("own", ["identity"], 4, 5)
    graph = ArchGraph(["input", "identity", "output"], [(0, 1), (1, 2)])
    assert cost(graph, space) == Cost(27 * 16 + 32 + 16 * 32 + 64 + 32 * 64 + 128 + 650, 27 * 16 * 1024 + 262_784)
