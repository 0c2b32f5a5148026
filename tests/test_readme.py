"""The README's Python runs as it is written."""

import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.S)


def test_it_is_read_in_one_go():
    assert len(TEXT.splitlines()) <= 120


@pytest.mark.parametrize("word", [pytest.param("fade_ranks", marks=pytest.mark.slow), "Objective"])
def test_a_block_that_needs_no_file_runs(word, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    [block] = [block for block in BLOCKS if word in block]
    exec(block, {"__name__": "readme"})
    assert capsys.readouterr().out.strip()
