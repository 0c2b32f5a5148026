"""The architectures of digits_rows: all 125 paths of eight hyper-architectures of three rows and five candidates.

python data/digits_rows/draw.py OUT.parquet
"""

from __future__ import annotations

import sys
from itertools import product

import numpy as np

from archgraph import ArchGraph, ArchTable, spaces
from archgraph.seeds import derive_seed

DRAWS, ROWS, DEPTHS = 8, 3, (1, 2, 3, 4, 5)


def depth(cell: ArchGraph) -> int:
    """Convolutions on the longest way through a cell."""
    longest = [0] * len(cell.ops)
    for s, t in cell.edges:
        longest[t] = max(longest[t], longest[s] + cell.ops[t].startswith("conv"))
    return longest[-1]


def main(output: str) -> None:
    """Draw one cell of each depth for every row, uniformly from the cells of 2 to 5 vertices, and write all paths."""
    cells = spaces.get("dag:2-5").enumerate()
    depths = np.array([depth(cell) for cell in cells])
    rows = spaces.get(f"dag:2-5x{ROWS}")
    ids, choices = [], []
    for draw in range(DRAWS):
        rng = np.random.default_rng(derive_seed(0, "digits_rows", draw))
        drawn = [[int(rng.choice(np.flatnonzero(depths == d))) for d in DEPTHS] for _ in range(ROWS)]
        for choice in product(range(len(DEPTHS)), repeat=ROWS):
            ids.append("|".join(str(cells.ids[row[j]]) for row, j in zip(drawn, choice, strict=True)))
            choices.append((draw, *choice))
    names = ("draw", *(f"cell_row{i + 1}" for i in range(ROWS)))
    metrics = dict(zip(names, np.array(choices, dtype=float).T, strict=True))
    ArchTable.from_graphs(map(rows.from_native, ids), ids=ids, space=rows.name, metrics=metrics).write(output)


if __name__ == "__main__":
    main(sys.argv[1])
