import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from encoders.features.padded import FIRST, INPUT, JOIN, OUTPUT, chosen_operations, padded


@pytest.fixture(scope="module")
def table():
    return ArchTable.from_graphs(spaces.get("nasbench201").sample(30, np.random.default_rng(0)))


def test_chunks_cover_the_table_once_with_classes_of_nodes(table):
    operations = chosen_operations(table)
    rows = []
    for graphs in padded(table, operations, width=8):
        rows += graphs.rows.tolist()
        assert (graphs.node_class[:, 0] == INPUT).all()
        assert (graphs.node_class[:, -1] == OUTPUT).all()
        for row, classes in zip(graphs.rows.tolist(), graphs.node_class.tolist(), strict=True):
            chosen = [operations[c - FIRST] for c in classes if c >= FIRST]
            assert chosen == [name for name in table[row].ops if name in operations]
            assert classes.count(JOIN) == len(classes) - 2 - len(chosen)
    assert sorted(rows) == list(range(30))


def test_what_no_effective_path_holds_has_no_edges(table):
    operations = chosen_operations(table)
    edges = [sum(int(g.adjacency.sum()) for g in padded(table, operations, 8, effective=e)) for e in (False, True)]
    assert edges[0] == table.edges.shape[1] > edges[1]


def test_an_operation_that_is_not_known_is_named(table):
    with pytest.raises(InputError, match=r"a graph holds .*, which is not among"):
        list(padded(table, ["identity"], 8))
