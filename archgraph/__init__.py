"""Neural architectures as graphs: the graph, the spaces, the files and the command line."""

import warnings

with warnings.catch_warnings():  # torch_geometric still scripts a few functions, which newer torch deprecates
    warnings.filterwarnings("ignore", message=r".*torch\.jit\.script", category=FutureWarning)
    warnings.filterwarnings("ignore", message=r".*torch\.jit\.script", category=DeprecationWarning)
    import torch_geometric.data  # noqa: F401

from archgraph import spaces
from archgraph.errors import ArchGraphError, CompileError, GraphError, InputError
from archgraph.graph import ArchGraph
from archgraph.ops import OPS, Operation
from archgraph.table import ArchTable

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
