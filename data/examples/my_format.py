"""A format of your own: text files with an architecture a line, its operations and its edges, such as
`input conv3x3-relu maxpool3x3 output | 0-1 0-2 1-3 2-3`.

    from my_format import read_lines

    read_lines("networks.txt").write("networks.parquet")

Whether it keeps what a format promises tells `archgraph.testing.FormatContract`.
"""

from pathlib import Path

from archgraph import ArchGraph, ArchTable, InputError


def read_lines(path: Path | str) -> ArchTable:
    """The architectures in a text file.

    Raises:
        InputError: the file is missing, empty or no text, or a line is no architecture; the text says which.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as text: {error}") from error
    graphs = []
    for number, line in enumerate(lines, start=1):
        try:
            graphs.append(_graph(line))
        except ValueError as error:  # every InputError is one
            raise InputError(f"{path}, line {number}: {error}") from error
    if not graphs:
        raise InputError(f"{path} holds no architecture")
    return ArchTable.from_graphs(graphs, ids=[str(number) for number in range(1, len(graphs) + 1)])


def _graph(line: str) -> ArchGraph:
    ops, _, edges = line.partition("|")
    pairs = [edge.split("-") for edge in edges.split()]
    if any(len(pair) != 2 for pair in pairs):
        raise InputError("an edge is written SOURCE-TARGET")
    return ArchGraph(ops.split(), [(int(source), int(target)) for source, target in pairs])
