"""Networks of rows: hyper-architectures and their paths."""

import pytest

from archgraph import CompileError, spaces
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.builder import CostCounter
from archgraph.networks.macro_skeleton import hyper_of, network_of, write_path
from archgraph.networks.skeleton import Skeleton

SKELETON = Skeleton((1, 8, 8), 10, (4, 8), (2, 2))
CELLS = [spaces.get("dag").from_native(native) for native in ("1:", "2:0-1", "3:0-1,0-2")]


def test_a_path_of_a_hyper_architecture_is_the_network_of_its_cells_but_for_names():
    hyper = hyper_of(SKELETON, [CELLS, CELLS])
    assert hyper.mixtures == {"row0": 3, "row1": 3}
    path, alone = hyper.select({"row0": 2, "row1": 1}), network_of(SKELETON, [CELLS[2], CELLS[1]])
    names = [
        layer.name.replace("row0_cell2", "row0_cell0").replace("row1_cell1", "row1_cell0") for layer in path.layers
    ]
    assert names == [layer.name for layer in alone.layers]
    assert [layer.steps for layer in path.layers] == [layer.steps for layer in alone.layers]
    assert path.cost == alone.cost
    assert not alone.mixtures


def test_candidates_of_a_row_stand_side_by_side():
    stages = {layer.name: layer.stage for layer in hyper_of(SKELETON, [CELLS, CELLS]).layers}
    assert stages["row0_cell0_norm"] == stages["row0_cell2_norm"] < stages["row0"] < stages["row1_stem"]


def test_a_path_is_written_or_counted():
    path = CELLS[:2]
    assert write_path(CostCounter(SKELETON.image), SKELETON, path).cost == network_of(SKELETON, path).cost
    assert isinstance(write_path(Blueprint(SKELETON.image), SKELETON, path), Blueprint)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [([CELLS], "candidates for each of 2 rows, but got 1"), ([CELLS, []], "row 1 has no candidate")],
)
def test_a_row_without_candidates_is_refused(rows, reason):
    with pytest.raises(CompileError, match=reason):
        hyper_of(SKELETON, rows)
