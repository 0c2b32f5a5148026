"""Neural architectures as graphs: the graph, the spaces, the files and the command line.

What stands here is loaded when it is first used, so that the command line answers without waiting for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from archgraph import spaces
    from archgraph.errors import ArchGraphError, CompileError, GraphError, InputError
    from archgraph.graph import ArchGraph
    from archgraph.operation import Operation
    from archgraph.ops import OPS
    from archgraph.table.table import ArchTable

__all__ = [
    "OPS",
    "ArchGraph",
    "ArchGraphError",
    "ArchTable",
    "CompileError",
    "GraphError",
    "InputError",
    "Operation",
    "spaces",
]
__version__ = "0.1.0"

_MODULES = {"OPS": "ops", "Operation": "operation", "ArchGraph": "graph", "ArchTable": "table.table"}
"""Where a name is defined; the exceptions are in `errors`."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "spaces":
        return import_module("archgraph.spaces")
    return getattr(import_module(f"archgraph.{_MODULES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
