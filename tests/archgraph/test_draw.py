import io

import pytest

from archgraph import spaces
from archgraph.draw import _layout, _without_trivial_sums, draw_graphs


@pytest.mark.parametrize("form", ["svg", "png"])
def test_any_number_of_graphs_is_drawn(form):
    table = spaces.get("dag:4").enumerate()
    for n in (1, 2, 7):
        buffer = io.BytesIO()
        draw_graphs([table[i] for i in range(n)], list(table.ids[:n])).savefig(buffer, format=form)
        assert len(buffer.getvalue()) > 2000


def test_data_flow_from_left_to_right_and_no_two_nodes_share_a_place():
    for graph in spaces.get("dag:1-5").enumerate():
        ops, edges = _without_trivial_sums(graph)
        place = _layout(len(ops), edges)
        assert len(set(place)) == len(place)
        assert all(place[s][0] < place[t][0] for s, t in edges)
