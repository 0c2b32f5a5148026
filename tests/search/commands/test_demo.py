"""`archgraph demo` as users meet it; what it does is tested with the demo itself."""

import json
import subprocess
import sys

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
            "accuracy": [
                {"score": "rank", "spearman": 0.75, "kendall": 0.5},
                {"score": "plain: depth", "spearman": 0.5, "kendall": 0.25},
            ],
            "loss": [
                {"score": "rank", "spearman": 0.75, "kendall": 0.5},
                {"score": "plain: depth", "spearman": 0.5, "kendall": 0.25},
            ],
        },
        "choices": [[0, 1], [1, 0], [1, 1], [0, 0], [1, 2]],
        "paths": 9,
    },
    "test_images": 100,
    "classes": 4,
    "report": "out/report.html",
}


@pytest.fixture
def called(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
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
    shown, said = capsys.readouterr()
    assert said.startswith("The whole loop on scikit-learn's 1,797 handwritten digits")
    if as_json:
        assert json.loads(shown) == RESULTS
    else:
        assert "0.6000 ± 0.1414" in shown
        assert "guessing among 4 classes gives 25 %" in " ".join(shown.split())
        assert shown.splitlines()[-1] == "report: out/report.html"


def test_what_it_does_is_said_before_anything_is_loaded(tmp_path):
    script = (
        "import sys\nfrom archgraph.cli.main import run\n"
        "class Loaded:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'torch':\n"
        "            raise SystemExit(7)\n"
        "sys.meta_path.insert(0, Loaded())\n"
        f"run(['demo', '-o', {str(tmp_path / 'demo')!r}])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert done.stderr.startswith("The whole loop on scikit-learn's")


def test_it_is_quiet_where_that_was_asked(called, capsys):
    with pytest.raises(SystemExit):
        run(["demo", "-o", "out", "--quiet"])
    assert capsys.readouterr().err == ""


def test_a_folder_of_other_things_is_refused_in_one_line(tmp_path, capsys):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(SystemExit) as stopped:
        run(["demo", "-o", str(tmp_path)])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
