import pytest
from typer.testing import CliRunner

from archgraph import ArchTable, spaces
from archgraph.cli.main import app, run
from supernet.zerocost.scores import OF_NETWORKS


def test_the_command_says_which_scores_do_not_suit_and_makes_the_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    macro = spaces.get("macro")
    ArchTable.from_graphs([macro.from_native("01210210")], space="macro").write(tmp_path / "one.jsonl")
    command = ["supernet", "score", "one.jsonl", "--quiet", "--batch-size", "4", "--network", "channels=4"]
    done = CliRunner().invoke(app, [*command, "-o", "all.jsonl"])
    assert done.exit_code == 0
    assert "propagation is left out: no propagation through architecture" in done.stderr
    assert set(ArchTable.read(tmp_path / "all.jsonl").metrics) == set(OF_NETWORKS)
    with pytest.raises(SystemExit, match="2"):
        run([*command, "-o", "asked.jsonl", "--score", "propagation"])
    assert not (tmp_path / "asked.jsonl").exists()
