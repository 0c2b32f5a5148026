"""From native forms to columns."""

import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from archgraph.formats.natives import columns_of, metric_name


@pytest.mark.parametrize(
    "name", ["dag:1-4", "dag:1-3x2", "nasbench101", "nasbench201", "darts", "macro", "transnas:macro"]
)
def test_columns_are_those_of_the_graphs_without_an_object_each(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    space = spaces.get(name)
    natives = [space.to_native(graph) for graph in space.sample(12, np.random.default_rng(0))]
    natives += natives[3:5]
    graphs = ArchTable.from_graphs(map(space.from_native, natives))
    monkeypatch.delattr("archgraph.graph.ArchGraph")
    found = ArchTable.from_columns(columns_of(space, natives))
    assert found.op_index.tolist() == graphs.op_index.tolist()
    assert found.edges.tolist() == graphs.edges.tolist()
    assert found.node_ptr.tolist() == graphs.node_ptr.tolist()
    assert found.edge_ptr.tolist() == graphs.edge_ptr.tolist()


def test_a_repeated_form_is_read_once() -> None:
    space = spaces.get("macro")
    read = []
    parse = space.parse  # type: ignore[attr-defined]
    space.parse = lambda native: read.append(native) or parse(native)  # type: ignore[attr-defined]
    assert len(columns_of(space, ["01201201", "01201201", "22222222"])) == 3
    assert read == ["01201201", "22222222"]


def test_a_malformed_form_is_named_by_its_own_number() -> None:
    with pytest.raises(InputError, match="architecture 2: macro is written as 8 digits"):
        columns_of(spaces.get("macro"), ["01201201", "01201201", "9"], "architecture")


def test_no_form_gives_no_graph() -> None:
    assert len(columns_of(spaces.get("nasbench201"), [])) == 0


def test_a_metrics_name_has_letters_digits_and_underscores() -> None:
    assert metric_name("cifar10-valid", "x-valid") == "cifar10_valid_x_valid"
