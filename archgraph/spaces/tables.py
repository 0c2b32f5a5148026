"""Members of a space as tables: drawn ones, and the neighbours of given ones."""

from __future__ import annotations

import numpy as np

from archgraph.errors import InputError
from archgraph.spaces.base import Space
from archgraph.table.table import ArchTable


def sample_table(space: Space, n: int, seed: int = 0) -> ArchTable:
    """n members drawn independently, as `Space.sample` draws them; ids are native forms.

    Example:
        >>> from archgraph import spaces
        >>> from archgraph.spaces import sample_table
        >>> table = sample_table(spaces.get("macro"), 3, seed=0)
        >>> list(table.ids), set(table.space)
        (['20021212', '10011122', '10022100'], {'macro'})
    """
    graphs = space.sample(n, np.random.default_rng(seed))
    return ArchTable.from_graphs(graphs, space=space.name, ids=[space.to_native(graph) for graph in graphs])


def neighbors_table(space: Space, table: ArchTable) -> ArchTable:
    """The members one edit away from each graph of a table; an id is the graph's and the neighbour's number.

    Raises:
        GraphError: a graph is no member of the space; the text names it.

    Example:
        >>> from archgraph import spaces
        >>> from archgraph.spaces import neighbors_table, sample_table
        >>> space = spaces.get("macro")
        >>> len(neighbors_table(space, sample_table(space, 2)))
        32
    """
    graphs, ids = [], []
    for name, graph in zip(table.ids, table, strict=True):
        try:
            found = space.neighbors(graph)
        except InputError as error:
            raise type(error)(f"graph {name}: {error}") from error
        graphs += found
        ids += [f"{name}/{number}" for number in range(len(found))]
    return ArchTable.from_graphs(graphs, space=space.name, ids=ids)
