"""The errors that archgraph raises on purpose; everything else is a defect.

    ArchGraphError
    ├── CrowdedError
    ├── DivergedError
    └── InputError (a ValueError)
        ├── GraphError
        └── CompileError

The text of each is one line: what, where, what to do. Names in it, which others chose, are safe to be shown, and a text
longer than `LONGEST` characters is shown by its beginning and its end.
"""

from archgraph.texts import printable

LONGEST = 2000


class ArchGraphError(Exception):
    """Base of all; raised itself where something fails though the input is right, such as a loss that is not finite.

    Example:
        >>> from archgraph import ArchGraph, ArchGraphError
        >>> try:
        ...     ArchGraph(["input"], [])
        ... except ArchGraphError as error:
        ...     print(error)
        an architecture has 2 to 4096 nodes, but got 1
    """

    def __str__(self) -> str:
        text = printable(super().__str__())
        return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[3 - LONGEST // 2 :]}"


class CrowdedError(ArchGraphError):
    """What was to run side by side does not fit into memory together.

    Example:
        >>> from archgraph import ArchGraphError, CrowdedError
        >>> issubclass(CrowdedError, ArchGraphError)
        True
    """


class DivergedError(ArchGraphError):
    """A training came to numbers that are not finite.

    Example:
        >>> from archgraph import ArchGraphError, DivergedError
        >>> issubclass(DivergedError, ArchGraphError)
        True
    """


class InputError(ArchGraphError, ValueError):
    """An argument or a file is not what it has to be.

    Example:
        >>> from archgraph import ArchTable, InputError
        >>> try:
        ...     ArchTable.read("cells.csv")
        ... except InputError as error:
        ...     print(error)
        cells.csv: a graph file ends in .jsonl or .parquet
    """


class GraphError(InputError):
    """A graph is not an architecture, or not one of the space that it was given for.

    Example:
        >>> from archgraph import ArchGraph, GraphError, spaces
        >>> try:
        ...     spaces.get("nasbench201").to_native(ArchGraph(["input", "conv3x3", "output"], [(0, 1), (1, 2)]))
        ... except GraphError as error:
        ...     print(error)
        not a member of nasbench201: it has 3 nodes and 2 edges, not 11 and 13
    """


class CompileError(InputError):
    """A graph is an architecture, but holds a node that cannot be turned into a network.

    Example:
        >>> from archgraph import ArchGraph, CompileError
        >>> from supernet import compile_cell
        >>> graph = ArchGraph(["input", "mbconv3x3-e3-s2", "sum", "output"], [(0, 1), (0, 2), (1, 2), (2, 3)])
        >>> try:
        ...     compile_cell(graph, channels=4)
        ... except CompileError as error:
        ...     print(error)
        node 2 (sum): node2: cannot join values of different shapes: 4x4x4, 4x8x8
    """
