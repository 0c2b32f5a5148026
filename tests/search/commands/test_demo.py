"""`archgraph demo` as users meet it; what it does is tested with the demo itself."""

import json

import pytest

import search.demo.run
from archgraph.cli.main import run

RESULTS = {
    "winners": {
        "fade": {
            "trials": 3,
            "search_validation_loss": 0.5,
            "validation_accuracy": [0.5, 0.7],
            "test_accuracy": [0.25, 0.25],
            "architecture": "1:|2:0-1",
        }
    },
    "correlation": {
        "agreement": {
            "accuracy": [{"score": "depth", "spearman": 0.5, "kendall": 0.25}],
            "loss": [{"score": "depth", "spearman": 0.5, "kendall": 0.25}],
        }
    },
    "report": "out/report.html",
}


@pytest.fixture
def called(monkeypatch):
    calls = []

    def run_demo(config, folder, progress, device):
        calls.append((config.seed, str(folder)))
        progress("encoder", 1, 2)
        return RESULTS

    monkeypatch.setattr(search.demo.run, "run_demo", run_demo)
    return calls


@pytest.mark.parametrize("as_json", [True, False])
def test_it_runs_the_demo_and_prints_what_it_found(as_json, called, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(["demo", "-o", "out", "--seed", "3", *(["--json"] if as_json else [])])
    assert stopped.value.code == 0
    assert called == [(3, "out")]
    shown = capsys.readouterr().out
    if as_json:
        assert json.loads(shown) == RESULTS
    else:
        assert "0.6000 ± 0.1414" in shown
        assert shown.splitlines()[-1] == "report: out/report.html"


def test_a_folder_of_other_things_is_refused_in_one_line(tmp_path, capsys):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(SystemExit) as stopped:
        run(["demo", "-o", str(tmp_path)])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
