"""The README's Python runs as it is written."""

import re
from pathlib import Path

import pytest

BLOCKS = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[1] / "README.md").read_text(), re.S)


@pytest.mark.parametrize("word", [pytest.param("fade_ranks", marks=pytest.mark.slow), "Objective"])
def test_a_block_that_needs_no_file_runs(word, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    [block] = [block for block in BLOCKS if word in block]
    exec(block, {"__name__": "readme"})
    assert capsys.readouterr().out.strip()
