"""Where nodes stand."""

import numpy as np

from archgraph import spaces
from archgraph.drawing.layout import GraphLayout


def test_data_flow_from_left_to_right_and_no_two_nodes_share_a_place():
    for graph in spaces.get("dag:1-5").enumerate():
        layout = GraphLayout(graph)
        assert len(set(layout.points)) == len(layout.points)
        assert all(layout.points[s][0] < layout.points[t][0] for s, t in layout.edges)


def test_edges_pass_no_node_between_their_ends():
    for graph in spaces.get("nasbench101").sample(40, np.random.default_rng(0)):
        layout = GraphLayout(graph)
        for (s, t), route in layout.routes.items():
            assert [x for x, _ in route] == list(range(int(layout.points[s][0]) + 1, int(layout.points[t][0])))
            for x, y in route:
                assert all(abs(y - other) > 0.4 for depth, other in layout.points if depth == x)


def test_what_nothing_comes_through_is_known():
    cell = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|none~2|"
    layout = GraphLayout(spaces.get("nasbench201").from_native(cell))
    by_name = {name: carries for name, carries in zip(layout.ops, layout.carries, strict=True) if name != "sum"}
    assert by_name == {
        **dict.fromkeys(("input", "output", "relu-conv3x3-bn", "relu-conv1x1-bn", "identity"), True),
        "zero": False,
    }
