"""Comparisons as one call."""

import subprocess
import sys

import optuna
import pytest
from small_comparisons import nothing, numbers

from archgraph import InputError
from search import compare


def test_a_study_file_and_the_storages_that_it_leaves_give_the_same(study_file, tmp_path):
    shown = []
    whole = compare(tmp_path / "a", study_file, progress=lambda what, done, of: shown.append((what, done, of)))
    assert [done for _, done, _ in shown] == list(range(1, 7))
    assert {of for _, _, of in shown} == {6}
    files = sorted((tmp_path / "a" / "studies").glob("*.log"))
    again = compare(tmp_path / "b", storages=[f"journal:{file}" for file in files])
    assert {p.label: sorted(p.names) for p in again.problems} == {p.label: sorted(p.names) for p in whole.problems}
    assert sum(len(problem.runs) for problem in again.problems) == len(numbers(files))
    assert whole.report == tmp_path / "a" / "report.html"


def test_an_overview_has_a_row_a_method_and_says_never(study_file, tmp_path):
    found = compare(tmp_path / "a", study_file)
    for problem in found.problems:
        table = found.overview(problem)
        assert table["method"].tolist() == problem.names
        assert all(value == "never" or value > 0 for value in table["median queries to the best"])


def test_either_a_study_file_or_storages(study_file, tmp_path):
    for given in ({}, {"study_file": study_file, "storages": ["sqlite:///s.db"]}):
        with pytest.raises(InputError, match="either a study file or --storage"):
            compare(tmp_path / "out", progress=nothing, **given)


def test_optunas_messages_are_the_users_to_set(study_file, tmp_path):
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        compare(tmp_path / "a", study_file)
        assert optuna.logging.get_verbosity() == optuna.logging.ERROR
    finally:
        optuna.logging.set_verbosity(level)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("problems: [x", "cannot read"),
        ("problms: {}", "problms"),
        ("problems: {a: {space: dag, objective: x, rows: many}}", "problem a: rows"),
    ],
)
def test_a_study_file_that_is_wrong_is_answered_before_torch_is_loaded(written, named, tmp_path):
    (tmp_path / "study.yaml").write_text(written)
    script = """if True:
        import sys
        from pathlib import Path
        from archgraph import InputError
        from search import compare
        try:
            compare(Path("out"), Path("study.yaml"))
        except InputError as error:
            print(error, "torch" in sys.modules)
    """
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert named in done.stdout
    assert done.stdout.endswith(" False\n")
    assert not (tmp_path / "out").exists()
