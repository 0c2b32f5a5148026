import pytest

from archgraph import ArchTable, InputError, spaces
from supernet import rank_cells
from supernet.hyper.recipe import BilevelRecipe

CELLS = ("1:", "2:0-1", "3:0-1,0-2")
RECIPE = BilevelRecipe(2, warm_up=1, batch_size=32)


@pytest.fixture
def table():
    return ArchTable.from_graphs(map(spaces.get("dag").from_native, CELLS), ids=CELLS, space="dag:1-5")


def test_cells_are_ranked_and_the_best_paths_returned(table, small_digits, tmp_path):
    epochs = []
    best = rank_cells(
        table,
        small_digits,
        tmp_path / "out.parquet",
        RECIPE,
        rows=2,
        width=4,
        repeats=2,
        top=3,
        paths=tmp_path / "best.jsonl",
        progress=epochs.append,
    )
    assert epochs[-1] == 4
    assert [path.log_rank for path in best] == sorted((path.log_rank for path in best), reverse=True)
    written = ArchTable.read(tmp_path / "best.jsonl")
    assert list(written.ids) == ["|".join(path.cells) for path in best]
    assert written.metrics.fade_log_rank.tolist() == pytest.approx([path.log_rank for path in best])
    assert ArchTable.read(tmp_path / "out.parquet").metrics.fade_row2.sum() == pytest.approx(1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.jsonl", "out.parquet"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"aggregate": "median"}, "aggregate is one of"), ({"repeats": 0}, "repeats is"), ({"top": 0}, "top is")],
)
def test_settings_that_make_no_sense_leave_nothing(table, small_digits, tmp_path, settings, reason):
    with pytest.raises(InputError, match=reason):
        rank_cells(table, small_digits, tmp_path / "out.jsonl", RECIPE, **settings)
    assert not list(tmp_path.iterdir())
