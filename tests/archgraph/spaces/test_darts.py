"""DARTS genotypes."""

from itertools import combinations, product

import pytest

from archgraph import ArchGraph, InputError
from archgraph.canonical import canonical_hashes
from archgraph.spaces import DARTSSpace
from archgraph.spaces.darts import VERTICES, count_cells

SPACE = DARTSSpace()
DARTS_V2 = (
    "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), "
    "('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], "
    "normal_concat=[2, 3, 4, 5], reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), "
    "('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], "
    "reduce_concat=[2, 3, 4, 5])"
)


def test_a_published_genotype_returns_up_to_the_order_of_terms() -> None:
    graph = SPACE.from_native(DARTS_V2)
    native = SPACE.to_native(graph)
    assert native.startswith("Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0),")
    assert native.endswith("reduce_concat=range(2, 6))")
    assert SPACE.from_native(native) == graph


def test_normal_and_reduction_cell_are_told_apart() -> None:
    normal, reduction = SPACE.cells(SPACE.from_native(DARTS_V2))
    assert SPACE.graph(reduction, normal) != SPACE.graph(normal, reduction)


def test_the_two_inputs_of_a_cell_are_told_apart() -> None:
    normal, reduction = SPACE.cells(SPACE.from_native(DARTS_V2))
    first = ((normal[0][0][0], 1), ("max_pool_3x3", 0))
    other = ((normal[0][0][0], 0), ("max_pool_3x3", 1))
    assert SPACE.graph((first, *normal[1:]), reduction) != SPACE.graph((other, *normal[1:]), reduction)


def test_the_order_of_vertices_does_not_count() -> None:
    a = (("sep_conv_3x3", 0), ("sep_conv_5x5", 1))
    b = (("max_pool_3x3", 0), ("skip_connect", 1))
    reduction = (a, a, a, a)
    assert SPACE.graph((a, b, a, b), reduction) == SPACE.graph((b, b, a, a), reduction)


def test_the_number_of_cells_is_that_of_their_canonical_hashes() -> None:
    fixed = tuple((("skip_connect", 0), ("skip_connect", 1)) for _ in range(VERTICES))
    pairs = [list(combinations(range(v + 2), 2)) for v in range(VERTICES)]
    for names in (["skip_connect"], ["skip_connect", "max_pool_3x3"]):
        # with two operations, all vertices but the last keep the first: enough to tell vertices apart
        terms = [[(names[0], names[0])]] * (VERTICES - 1) + [list(product(names, repeat=2))]
        graphs = [
            SPACE.graph(tuple(((p, a), (q, b)) for (p, q), (a, b) in zip(ops, inputs, strict=True)), fixed)
            for inputs in product(*pairs)
            for ops in product(*terms)
        ]
        hashes = set(canonical_hashes([(g.ops, g.edges) for g in graphs]))
        if len(names) == 1:
            assert len(hashes) == count_cells(1)
        else:
            assert count_cells(1) < len(hashes) < count_cells(2)


def test_the_space_has_1_5e17_members() -> None:
    assert count_cells() == 382_128_166
    assert SPACE.size() == 382_128_166**2


def test_it_is_too_large_to_enumerate() -> None:
    with pytest.raises(InputError, match="too many to enumerate"):
        SPACE.enumerate()


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("('sep_conv_3x3', 0), ('sep_conv_3x3', 1), (", "('sep_conv_3x3', 0), ('sep_conv_3x3', 0), (", "two different"),
        ("'dil_conv_3x3', 2", "'dil_conv_3x3', 5", "earlier ones"),
        ("'dil_conv_3x3'", "'dil_conv_9x9'", "unknown operation 'dil_conv_9x9'"),
        ("normal_concat=[2, 3, 4, 5]", "normal_concat=[3, 4, 5]", "is written Genotype"),
        ("('skip_connect', 0), ('dil_conv_3x3', 2)", "('skip_connect', 0)", "lists 8 pairs"),
    ],
)
def test_a_malformed_genotype_is_refused(old: str, new: str, text: str) -> None:
    assert old in DARTS_V2
    with pytest.raises(InputError, match=text):
        SPACE.from_native(DARTS_V2.replace(old, new))


def test_a_graph_without_one_of_the_cells_is_no_member() -> None:
    ops = ["input", "cell-input", "cell-skip-input", "sum", "concat", "output"]
    assert ArchGraph(ops, [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 5)]) not in SPACE
