import numpy as np
import pytest
from typer.testing import CliRunner

from archgraph import ArchTable, InputError, spaces
from archgraph.cli.main import app
from supernet.ranking.candidates import candidates_of


@pytest.fixture
def macro_members(tmp_path):
    members = ("00000000", "11111111", "22222222")
    table = ArchTable.from_graphs(map(spaces.get("macro").from_native, members), ids=members, space="macro")
    table.write(tmp_path / "macro.jsonl")
    return tmp_path / "macro.jsonl"


def test_three_members_of_macro_rank_all_6561(macro_members, tmp_path):
    short = ["--width", "4", "--epochs", "1", "--warm-up", "0", "--train-size", "64", "--repeats", "1", "--quiet"]
    arguments = ["supernet", "rank", str(macro_members), "-o", str(tmp_path / "out.jsonl"), *short]
    best = ["--top", "3", "--paths", str(tmp_path / "best.jsonl")]
    CliRunner().invoke(app, [*arguments, *best], catch_exceptions=False, standalone_mode=False)
    metrics = ArchTable.read(tmp_path / "out.jsonl").metrics
    ranks = metrics[[f"fade_row{i + 1}" for i in range(8)]]
    assert np.allclose(ranks.sum(), 1)
    found = ArchTable.read(tmp_path / "best.jsonl")
    space = spaces.get("macro")
    for name, graph in zip(found.ids, found, strict=True):
        digits = [part[row] for row, part in enumerate(name.split("|"))]
        assert space.to_native(graph) == "".join(digits)
    assert found.ids[0] == "|".join(str(ranks[name].argmax()) * 8 for name in ranks)


@pytest.mark.parametrize(("options", "reason"), [(["--rows", "3"], "have 8 rows, but got 3"), ([], "the same layer")])
def test_macro_has_its_own_rows(macro_members, tmp_path, options, reason):
    if not options:
        with macro_members.open("a") as file:
            file.write(macro_members.read_text().splitlines()[0].replace("00000000", "again") + "\n")
    arguments = ["supernet", "rank", str(macro_members), "-o", str(tmp_path / "out.jsonl"), *options, "--quiet"]
    with pytest.raises(InputError, match=reason):
        CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)


@pytest.mark.parametrize(("name", "joined"), [("dag:1-5", "dag:1-5x3"), ("nasbench201", ""), ("mine", "")])
def test_paths_of_cells_are_of_the_space_of_so_many_rows_where_there_is_one(cells, small_digits, name, joined):
    table = ArchTable.from_graphs(cells[:2], space=name)
    found = candidates_of(table, small_digits, rows=3, width=8)
    assert found.space == joined
    assert [len(row) for row in found.rows] == [2, 2, 2]
    assert found.join(cells[:3]).ops.count("row") == 2


def test_a_row_has_a_limit_and_one_kind_of_candidates(cells, small_digits):
    with pytest.raises(InputError, match="1 to 256 candidates, but got 300"):
        candidates_of(ArchTable.from_graphs(cells[:1] * 300), small_digits)
    macro = ArchTable.from_graphs([spaces.get("macro").from_native("0" * 8)], space="macro")
    both = ArchTable.concatenate([macro, ArchTable.from_graphs(cells[:1], space="dag:1-5")])
    with pytest.raises(InputError, match="members of macro offer layers, others cells"):
        candidates_of(both, small_digits)
