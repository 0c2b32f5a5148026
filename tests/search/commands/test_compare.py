"""`archgraph compare` as users meet it."""

import pytest

from archgraph.cli.main import run


def command(*arguments):
    with pytest.raises(SystemExit) as stopped:
        run([str(a) for a in arguments])
    return stopped.value.code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "-o", "out"], "either a study file or --storage"),
        (["compare", "none.yaml", "-o", "out"], "no file none.yaml"),
        (["compare", "--storage", "sqlite:///none.db", "-o", "out"], "no storage sqlite:///none.db"),
        (["compare", "--storage", "journal:none.log", "-o", "out"], "no storage journal:none.log"),
    ],
)
def test_wrong_input_is_one_clear_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command(*arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ('{space: "dag:1-4", objective: "table:none.parquet:acc"}', "no file none.parquet"),
        (
            '{space: "dag:1-4", objective: "train:digits", recipe: {speed: 3}}',
            "a training has no setting 'speed'; known are epochs",
        ),
    ],
)
def test_a_study_file_whose_problem_cannot_be_opened_leaves_nothing(problem, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text(
        f"title: t\nseeds: 1\ntrials: 2\nproblems: {{a: {problem}}}\nmethods: {{random: {{}}}}\n"
    )
    assert command("compare", "study.yaml", "-o", "out", "--quiet") == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["study.yaml"]
