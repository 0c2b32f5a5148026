import io

import numpy as np
import pytest

from archgraph import spaces
from archgraph.draw import _Layout, draw_graphs


@pytest.mark.parametrize("form", ["svg", "png"])
def test_any_number_of_graphs_is_drawn(form):
    table = spaces.get("dag:4").enumerate()
    for n in (1, 2, 7):
        buffer = io.BytesIO()
        draw_graphs([table[i] for i in range(n)], list(table.ids[:n])).savefig(buffer, format=form)
        assert len(buffer.getvalue()) > 2000


def test_data_flow_from_left_to_right_and_no_two_nodes_share_a_place():
    for graph in spaces.get("dag:1-5").enumerate():
        layout = _Layout(graph)
        assert len(set(layout.place)) == len(layout.place)
        assert all(layout.place[s][0] < layout.place[t][0] for s, t in layout.edges)


@pytest.mark.parametrize("name", sorted(set(spaces.SPACES) - {"custom"}))
def test_members_of_every_space_are_drawn_with_every_operation_named(name):
    [graph] = spaces.get(name).sample(1, np.random.default_rng(0))
    figure = draw_graphs([graph])
    written = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert set(graph.ops) - {"sum"} == written
