import io

import numpy as np
import pytest

from archgraph import ArchGraph, InputError, spaces
from archgraph.drawing.graphs import MAX_EDGES, draw_graphs


@pytest.mark.parametrize("form", ["svg", "png"])
def test_any_number_of_graphs_is_drawn(form):
    table = spaces.get("dag:4").enumerate()
    for n in (1, 2, 7):
        buffer = io.BytesIO()
        draw_graphs([table[i] for i in range(n)], list(table.ids[:n])).savefig(buffer, format=form)
        assert len(buffer.getvalue()) > 2000


def test_long_titles_stand_whole_on_several_lines():
    graphs = spaces.get("nasbench101").sample(4, np.random.default_rng(0))
    figure = draw_graphs(graphs, ["x" * 500] * 4)
    widths = figure.get_size_inches()[0] / 3
    for axes in figure.axes[:4]:
        assert axes.get_title().replace("\n", "") == "x" * 500
        assert max(map(len, axes.get_title().split("\n"))) < widths * 15


def test_what_carries_nothing_is_faded():
    cell = "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|nor_conv_1x1~1|none~2|"
    figure = draw_graphs([spaces.get("nasbench201").from_native(cell)])
    shades = {text.get_text(): text.get_alpha() for text in figure.axes[0].texts}
    assert shades["zero"] < shades["identity"] == 1


def test_deep_graphs_flow_from_top_to_bottom():
    graph = spaces.get("dag:5-5x3").sample(1, np.random.default_rng(0))[0]
    for graphs in ([graph], [graph] * 4):
        width, height = draw_graphs(graphs).get_size_inches()
        assert height > 0.5 * width


@pytest.mark.parametrize("name", [*sorted(set(spaces.SPACES) - {"custom", "grammar", "module"}), "grammar:nasbench201"])
def test_members_of_every_space_are_drawn_with_every_operation_named(name):
    [graph] = spaces.get(name).sample(1, np.random.default_rng(0))
    figure = draw_graphs([graph])
    written = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert set(graph.ops) - {"sum"} == written


def test_a_graph_of_more_edges_than_can_be_seen_is_refused():
    n = MAX_EDGES // 2 + 1
    star = ArchGraph(
        ["input", *["identity"] * n, "output"],
        [(0, i) for i in range(1, n + 1)] + [(i, n + 1) for i in range(1, n + 1)],
    )
    with pytest.raises(InputError, match=f"at most {MAX_EDGES} edges, but got one of {2 * n}"):
        draw_graphs([star])
