import numpy as np
import pytest
from typer.testing import CliRunner

from archgraph import ArchTable, InputError, spaces
from archgraph.cli.main import app


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
