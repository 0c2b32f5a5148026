"""A comparison is written as one page, tables and pictures."""

import re

import pandas as pd
from small_comparisons import nothing

from archgraph import spaces
from search.comparison.execute import run_file
from search.comparison.report import write_comparison
from search.comparison.runs import read_runs
from search.comparison.study_file import StudyFile


def test_a_comparison_is_one_page_with_tables_and_pictures(study_file, tmp_path):
    files = run_file(StudyFile.read(study_file), tmp_path / "a", 1, nothing)
    problems = read_runs([f"journal:{f}" for f in files])
    report = write_comparison(problems, tmp_path / "out", "A <title>")
    text = report.read_text(encoding="utf-8")
    assert "A &lt;title&gt;" in text
    links = set(re.findall(r'(?:src|href)="(?!#|data:)([^"]*)"', text))
    assert links == {"runs.csv", "summary.csv", "tests.csv", "curves.csv", "trials.csv", "failures.csv"}
    assert all((tmp_path / "out" / link).is_file() for link in links)
    assert text.count("<svg xmlns") == text.partition("<script>")[0].count("</svg>") == 7
    assert len(list((tmp_path / "out" / "figures").glob("*.png"))) == 7
    trials = pd.read_csv(tmp_path / "out" / "trials.csv")
    assert len(trials) == sum(len(r.losses) for p in problems for r in p.runs)
    one = next(p for p in problems if p.label == "one")
    assert all(
        r.test == ("size", float(spaces.get("dag:1-4").from_native(r.architectures[r.best]).num_nodes))
        for r in one.runs
    )
