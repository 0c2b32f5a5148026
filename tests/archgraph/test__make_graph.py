"""A graph object is made, and torch loaded, only when one is needed."""

import subprocess
import sys

from archgraph import ArchGraph
from archgraph._make_graph import make_graph

CODE = """
import sys
from archgraph._make_graph import make_graph
print("torch" in sys.modules)
make_graph(["input", "output"], [(0, 1)])
print("torch" in sys.modules)
"""


def test_it_is_the_graph_of_its_operations_and_edges() -> None:
    graph = make_graph(["input", "zero", "output"], [(0, 1), (1, 2)])
    assert type(graph) is ArchGraph
    assert (graph.ops, graph.edges) == (("input", "zero", "output"), [(0, 1), (1, 2)])


def test_the_first_graph_loads_torch() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
