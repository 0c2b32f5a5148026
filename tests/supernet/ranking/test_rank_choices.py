import pytest

from archgraph import ArchTable, InputError, spaces
from supernet import rank_choices
from supernet.hyper.recipe import BilevelRecipe

RECIPE = BilevelRecipe(2, warm_up=1, batch_size=32, alpha_step="paths")
GRAMMAR = "{start: cell, nodes: 6, rules: {cell: [op, {residual: op}], op: [conv3x3-relu, maxpool3x3]}}"


@pytest.fixture
def space(tmp_path):
    (tmp_path / "cell.yaml").write_text(GRAMMAR)
    return spaces.get(f"grammar:{tmp_path / 'cell.yaml'}")


def test_all_choices_are_ranked_and_the_best_architectures_returned(space, small_digits, tmp_path):
    epochs = []
    best = rank_choices(
        space,
        small_digits,
        tmp_path / "out.parquet",
        RECIPE,
        rows=2,
        width=4,
        repeats=2,
        top=3,
        paths=tmp_path / "best.parquet",
        progress=epochs.append,
    )
    table, paths = ArchTable.read(tmp_path / "out.parquet"), ArchTable.read(tmp_path / "best.parquet")
    assert len(table) == 2 * 3 * 2  # rows, choices, alternatives
    assert table.metrics.fade_rank.sum() == pytest.approx(6)
    assert sorted(set(table.metrics.fade_level)) == [0, 1]
    rows = space.with_rows(2)
    assert list(paths.ids) == ["|".join(path.cells) for path in best]
    assert [rows.from_native(str(name)) for name in paths.ids] == list(paths)
    assert list(paths.metrics.fade_log_rank) == pytest.approx([path.log_rank for path in best])
    assert epochs[-1] == 4
    assert not (tmp_path / "out.parquet.training").exists()


def test_a_stopped_run_ends_as_one_that_was_not_stopped(space, small_digits, tmp_path):
    def stop(epoch):
        if epoch == 1:
            raise KeyboardInterrupt

    settings = {"rows": 1, "width": 4, "repeats": 1}
    with pytest.raises(KeyboardInterrupt):
        rank_choices(space, small_digits, tmp_path / "out.jsonl", RECIPE, **settings, progress=stop)
    stopped = rank_choices(space, small_digits, tmp_path / "out.jsonl", RECIPE, **settings)
    assert stopped == rank_choices(space, small_digits, tmp_path / "whole.jsonl", RECIPE, **settings)
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


@pytest.mark.parametrize(
    ("name", "settings", "reason"),
    [
        ("grammar:vision", {}, "derives whole networks; give one of cells"),
        ("grammar:dag", {}, "no mixture stands for that"),
        ("nasbench201", {}, "choices inside cells are those of a grammar's rules"),
        ("grammar:nasbench201", {"aggregate": "median"}, "aggregate is one of product"),
        ("grammar:nasbench201", {"recipe": BilevelRecipe(2, warm_up=2)}, "2 epochs of it and 2 in all"),
        ("grammar:nasbench201", {"norm": "rows"}, "norm is one of cells, sums, none"),
    ],
)
def test_what_cannot_be_ranked_leaves_nothing(small_digits, tmp_path, name, settings, reason):
    with pytest.raises(InputError, match=reason):
        rank_choices(spaces.get(name), small_digits, tmp_path / "out.jsonl", **settings)
    assert list(tmp_path.iterdir()) == []
