"""Objectives by name."""

import pytest
from small_searches import Digits, table

from archgraph import InputError, spaces
from search import OBJECTIVES, Problem, Search, TableObjective, run_search
from search.objectives.registry import objective_kind, open_objective


def test_a_table_is_opened_by_its_text(tmp_path):
    table().write(tmp_path / "t.parquet")
    objective = open_objective(f"table:{tmp_path / 't.parquet'}:acc,-size", spaces.get("dag:1-4"))
    assert (objective.names, objective.directions) == (("acc", "size"), ("maximize", "minimize"))
    assert objective_kind("table:x:acc") is TableObjective


def test_a_training_takes_its_settings_and_keeps_them_for_the_study():
    settings = {"width": 4, "train_size": 64, "recipe": {"epochs": 1}}
    objective = open_objective("train:digits", spaces.get("dag:1-3x2"), settings)
    assert objective.skeleton.channels == (1, 4)
    assert (len(objective.data.train), objective.recipe.epochs) == (64, 1)
    assert dict(objective.settings) == {"train_size": 64, "recipe": {"epochs": 1}}


@pytest.mark.parametrize("text", ["guess:x", "train:", "table", ""])
def test_what_is_written_otherwise_is_refused_with_the_choices(text):
    with pytest.raises(
        InputError, match="an objective is written table:FILE:METRIC or train:DATA or tune:DATA, but got"
    ):
        open_objective(text, spaces.get("dag"))


def test_one_of_ones_own_has_a_name_for_commands_and_study_files(monkeypatch):
    class Named(Digits):
        @classmethod
        def read(cls, text, space, settings=None):
            made = cls()
            made.settings = {"text": text}
            return made

    monkeypatch.setitem(OBJECTIVES, "digits", Named)
    study = run_search(Problem("macro", "digits:mine"), Search("random"), trials=3)
    assert [trial.value for trial in study.trials] == [float(t.user_attrs["architecture"]) for t in study.trials]
    assert study.user_attrs["settings"]["text"] == "mine"
    with pytest.raises(InputError, match=r"table:FILE:METRIC or train:DATA or tune:DATA or digits:\.\.\., but got"):
        objective_kind("guess:x")
