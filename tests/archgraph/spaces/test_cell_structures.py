"""All small cells, each once."""

from itertools import combinations, product

import pytest

from archgraph.architecture import on_a_path
from archgraph.canonical import canonical_hashes
from archgraph.spaces.cell_structures import labelled_cells


@pytest.mark.parametrize(("nodes", "max_edges", "operations"), [(3, 3, 2), (4, 6, 2), (4, 4, 3), (5, 10, 1), (5, 6, 2)])
def test_cells_are_those_that_brute_force_finds(nodes: int, max_edges: int, operations: int) -> None:
    pairs = list(combinations(range(nodes), 2))
    graphs = [
        (["input", *(str(o) for o in ops), "output"], [p for p, keep in zip(pairs, bits, strict=True) if keep])
        for bits in product([0, 1], repeat=len(pairs))
        if sum(bits) <= max_edges and all(on_a_path(nodes, [p for p, keep in zip(pairs, bits, strict=True) if keep]))
        for ops in product(range(operations), repeat=nodes - 2)
    ]
    cells = labelled_cells(nodes, max_edges, operations)
    listed = [
        (["input", *map(str, ops), "output"], [p for p in pairs if cells.adjacency[s][p]])
        for s, ops in zip(cells.structure, cells.labels, strict=True)
    ]
    hashes = canonical_hashes(listed)
    assert len(set(hashes)) == len(hashes)
    assert set(hashes) == set(canonical_hashes(graphs))


def test_nasbench101_has_423624_cells_of_2_to_7_nodes() -> None:
    counts = [len(labelled_cells(n, 9, 3).structure) for n in range(2, 8)]
    assert counts == [1, 6, 84, 2441, 62010, 359082]
    assert sum(counts) == 423_624
