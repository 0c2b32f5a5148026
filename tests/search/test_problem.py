"""Searches as commands and study files name them."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from archgraph import InputError, spaces
from search.problem import Search


def test_an_encoder_of_another_space_is_refused_before_the_search(generator, objective, monkeypatch):
    monkeypatch.setattr("search.problem.load_encoder", lambda path: SimpleNamespace(generator=generator))
    with pytest.raises(InputError, match="the encoder e is of another space than macro"):
        Search("tpe", encoder=Path("e")).generator(spaces.get("macro"))
    assert Search("fade", encoder=Path("e")).generator(objective.space) is generator
