"""Searches as commands and study files name them."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from archgraph import InputError, spaces
from search.problem import Problem, Search


def test_an_encoder_of_another_space_is_refused_before_the_search(generator, objective, monkeypatch):
    monkeypatch.setattr("search.problem.load_encoder", lambda path: SimpleNamespace(generator=generator))
    with pytest.raises(InputError, match="the encoder e is of another space than macro"):
        Search("tpe", encoder=Path("e")).generator(spaces.get("macro"))
    assert Search("fade", encoder=Path("e")).generator(objective.space) is generator


def test_trained_cells_stand_in_as_many_rows_as_published_unless_others_are_said():
    assert Problem.of("dag:1-4", "train:digits").space == "dag:1-4x3"
    assert Problem.of("dag:1-4", "train:digits", rows=2).space == "dag:1-4x2"
    assert Problem.of("dag:1-4x2", "train:digits").space == "dag:1-4x2"
    assert Problem.of("macro", "train:digits").space == "macro"
    assert Problem.of("dag:1-4", "table:t.parquet:acc").space == "dag:1-4"
    with pytest.raises(
        InputError, match="rows are made of the cells of a dag space or a grammar, but got the space macro"
    ):
        Problem.of("macro", "train:digits", rows=2)


def test_an_unknown_method_is_refused_with_all_names():
    with pytest.raises(InputError, match=r"unknown method 'best'; choose from random, .*, fade"):
        Search("best")
