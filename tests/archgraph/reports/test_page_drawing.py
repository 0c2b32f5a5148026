"""Graphs that a page draws; what the page makes of them is tested in a browser (`test_report_look`)."""

import json

from archgraph import ArchGraph
from archgraph.reports.page_drawing import MOST_NODES, as_data


def chain(n):
    return ArchGraph(["input", *["identity"] * (n - 2), "output"], [(i, i + 1) for i in range(n - 1)])


def test_what_a_page_reads_is_the_graph():
    assert ArchGraph(**json.loads(as_data(chain(5)))) == chain(5)


def test_a_graph_that_could_not_be_read_where_it_is_shown_is_left_out():
    assert as_data(chain(MOST_NODES))
    assert as_data(chain(MOST_NODES + 1)) == as_data(None) == ""
