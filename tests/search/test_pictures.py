"""Each new best of a search is drawn into its trial."""

from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.artifacts import get_all_artifact_meta
from small_searches import SPACE, Digits

from archgraph.storages.study import open_study
from search.fade.make import fade_search
from search.loop import run_study
from search.methods import make
from search.objectives.table import TableObjective
from search.pictures import Pictures, beside


def drawn(study):
    """The trials that have a drawing, by number."""
    storage = study._storage
    return [t.number for t in study.trials if get_all_artifact_meta(study_or_trial=t, storage=storage)]


def new_bests(study):
    values = np.array([trial.value for trial in study.trials]) * (-1 if study.direction.name == "MAXIMIZE" else 1)
    return [i for i, value in enumerate(values) if not (values[:i] <= value).any()]


@pytest.mark.parametrize("batch", [1, 4])
def test_each_new_best_has_a_picture(batch, tmp_path):
    made = Digits()
    study = open_study(None, "s", {}, made.directions)
    pictures, method = Pictures(tmp_path / "pictures"), make("random", SPACE)
    run_study(study, method, made, 0, lambda begun: len(begun) >= 8, batch=batch, pictures=pictures)
    assert set(new_bests(study)) <= set(drawn(study))
    if batch == 1:
        assert drawn(study) == new_bests(study)
    files = list((tmp_path / "pictures").iterdir())
    assert len(files) == len(drawn(study)) < 8
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in files)


def test_a_step_of_fade_has_one_too(tmp_path):
    members = SPACE.enumerate()
    made = TableObjective(members.with_metrics(acc=[float(n.count("2")) for n in members.ids]), SPACE, ["acc"])
    study = open_study(None, "s", {}, made.directions)
    fade = fade_search(made, settings={"candidates": 2})
    fade.run(study, 0, lambda trials: len(trials) >= 3, Pictures(tmp_path))
    assert drawn(study) == new_bests(study)


def test_a_front_has_pictures_of_what_nothing_dominates(tmp_path):
    study, graph = optuna.create_study(directions=["minimize"] * 2), SPACE.from_native("01201201")
    before = np.array([[1.0, 2.0], [np.nan, np.nan]])
    for losses, kept in (((2.0, 1.0), 1), ((1.0, 2.0), 1), ((2.0, 3.0), 1), ((0.0, 9.0), 2)):
        Pictures(tmp_path).keep(study.ask(), graph, np.array(losses), before)
        assert len(list(tmp_path.iterdir())) == kept


@pytest.mark.parametrize(
    ("storage", "folder"),
    [
        ("sqlite:///runs/a.db", Path("runs/a-artifacts")),
        ("journal:b.log", Path("b-artifacts")),
        ("sqlite://", None),
        ("postgresql://user:secret@host/name", None),
        (None, None),
    ],
)
def test_a_storage_that_is_a_file_has_its_artifacts_beside_it(storage, folder):
    assert beside(storage) == folder
