"""Neural architectures as graphs: the graph, the spaces, the files and the command line."""

from typing import TYPE_CHECKING

from archgraph._lazy import lazy

if TYPE_CHECKING:
    from archgraph import spaces, testing
    from archgraph._code import allow_code
    from archgraph.drawing.graphs import draw_graphs
    from archgraph.errors import ArchGraphError, CompileError, CrowdedError, DivergedError, GraphError, InputError
    from archgraph.graph import ArchGraph
    from archgraph.operation import Operation
    from archgraph.ops import OPS
    from archgraph.table.table import ArchTable
    from archgraph.table_pictures import draw_table

__all__ = [
    "OPS",
    "ArchGraph",
    "ArchGraphError",
    "ArchTable",
    "CompileError",
    "CrowdedError",
    "DivergedError",
    "GraphError",
    "InputError",
    "Operation",
    "allow_code",
    "draw_graphs",
    "draw_table",
    "spaces",
    "testing",
]
__version__ = "0.2.0"

__getattr__ = lazy(
    __name__,
    {
        "OPS": "archgraph.ops",
        "ArchGraph": "archgraph.graph",
        "ArchGraphError": "archgraph.errors",
        "ArchTable": "archgraph.table.table",
        "CompileError": "archgraph.errors",
        "CrowdedError": "archgraph.errors",
        "DivergedError": "archgraph.errors",
        "GraphError": "archgraph.errors",
        "InputError": "archgraph.errors",
        "Operation": "archgraph.operation",
        "allow_code": "archgraph._code",
        "draw_graphs": "archgraph.drawing.graphs",
        "draw_table": "archgraph.table_pictures",
        "spaces": "archgraph.spaces",
        "testing": "archgraph.testing",
    },
)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
