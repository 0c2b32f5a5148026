"""What stands in a study file."""

from __future__ import annotations

import pytest
from small_comparisons import STUDY

from archgraph import InputError
from search.comparison.study_entries import StudyEntries


def test_entries_are_read_by_name(tmp_path):
    (tmp_path / "study.yaml").write_text(STUDY)
    entries = StudyEntries.read(tmp_path / "study.yaml")
    assert entries.problems
    assert entries.methods
    assert entries.path.name == "study.yaml"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{problems: {a: {space: dag, objective: x, rows: many}}, methods: {random: }}", "problem a: rows"),
        ("{problems: {a: {space: dag, objective: x, width: 0}}, methods: {random: }}", "problem a: width"),
        ("{problems: {a: {space: dag, objective: x}}, methods: {random: {problems: [b]}}}", "no problem 'b'"),
        ("{problems: {a: {space: dag, objective: x}}, methods: {random: {batch: 1e3}}}", "method random: batch"),
        ("{problems: {'a/b': {space: dag, objective: x}}, methods: {random: }}", "names are of up to"),
        ("{problems: {a: {space: dag, objective: x}}}", "methods: a mapping from names is needed"),
        ("{seeds: 017, problems: {a: {space: dag, objective: x}}}", "seeds is a whole number, but got '017'"),
    ],
)
def test_an_entry_that_is_wrong_is_said_with_its_place(written, said, tmp_path):
    (tmp_path / "study.yaml").write_text(written)
    with pytest.raises(InputError, match=said):
        StudyEntries.read(tmp_path / "study.yaml")
