"""Comparisons whose networks are trained for real, and FaDE's part in them."""

import numpy as np
import pytest

from archgraph import InputError
from search.comparison.execute import run_file
from search.comparison.study_file import StudyFile
from search.fade.ranker import READINGS, HyperRanker
from search.problem import fade_search
from search.studies.storages import open_existing
from search.studies.study import completed, open_study, over_budget, spent
from supernet.hyper.recipe import bilevel_macs
from supernet.ranking.replacement import replacement_macs

STUDY = """
seeds: 1
trials: 6
budget: 0.02
problems:
  digits:
    space: dag:1-3
    rows: 2
    objective: train:digits
    width: 4
    train_size: 40
    recipe: {epochs: 1, batch_size: 20}
    test: 2
methods:
  random: {batch: 2}
"""
SHORT = {"epochs": 1, "warm_up": 0}


@pytest.fixture
def comparison(tmp_path):
    def read(text=STUDY):
        (tmp_path / "study.yaml").write_text(text)
        return StudyFile.read(tmp_path / "study.yaml")

    return read


def studies(files):
    import optuna

    return [optuna.load_study(study_name=None, storage=open_existing(f"journal:{file}")) for file in files]


def test_a_trained_comparison_stays_within_its_budget_and_its_winner_is_scored_on_test(comparison, tmp_path):
    shown = []
    for _ in range(2):  # the second run finds everything done
        [study] = studies(run_file(comparison(), tmp_path / "out", 1, lambda *_: None))
        test = study.user_attrs["test"]
        assert test["value"] == pytest.approx(np.mean(test["test_accuracy"]))
        assert len(test["test_accuracy"]) == len(test["validation_loss"]) == 2
        assert test["of"] == study.best_trial.user_attrs["architecture"]
        trials = completed(study)
        assert len(trials) in (2, 4, 6)  # two are trained side by side
        assert spent(study) <= 0.02 or len(trials) == 2
        assert study.user_attrs["settings"]["recipe"] == {"epochs": 1, "batch_size": 20}
        shown.append((test, [trial.value for trial in trials]))
    assert shown[0] == shown[1]


def test_a_search_is_over_where_the_next_trials_would_go_over_its_budget():
    study = open_study(None, "s", {})
    assert not over_budget(study, 1, 1.0)
    for cost in (1.0, 3.0):
        trial = study.ask()
        trial.set_user_attr("gmacs", cost)
        study.tell(trial, 0.0)
    assert not over_budget(study, 1, 6.0)
    assert over_budget(study, 2, 6.0)
    assert not over_budget(study, 2, None)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("test: 2", "test: accuracy", "test is a metric of the table, or with train:DATA a number"),
        ("{batch: 2}", "{encoder: $NOWHERE/encoder}", "set the environment variable in"),
        ("train_size: 40", "images: 40", "has no setting 'images'; known are space"),
    ],
)
def test_a_wrong_entry_is_named(comparison, before, after, message):
    with pytest.raises(InputError, match=message):
        comparison(STUDY.replace(before, after))


def test_a_recipe_that_does_not_exist_is_refused(comparison, tmp_path):
    with pytest.raises(
        InputError, match=r"a training has no setting 'momentum'; known are epochs \(a whole number\), batch_size"
    ):
        run_file(comparison(STUDY.replace("epochs: 1", "momentum: 1")), tmp_path / "out", 1, lambda *_: None)


@pytest.mark.parametrize("reading", list(READINGS))
def test_each_reading_of_ranks_is_paid_for(generator, objective, reading):
    ranker = fade_search(objective, generator, {"reading": reading, "hyper": SHORT}).ranker
    rows = [[generator.members[i] for i in (0, 3, 5)], [generator.members[i] for i in (1, 2, 4)]]
    ranks, gmacs = ranker(rows, 0)
    images = len(objective.halved)
    macs = bilevel_macs(rows, objective.skeleton, images, ranker.recipe)
    if reading == "substitution":
        macs += replacement_macs(rows, objective.skeleton, images // 2)
    assert gmacs == pytest.approx(macs / 1e9)
    assert all(len(set(row)) == 3 and np.exp(row).sum() == pytest.approx(1) for row in ranks.cells)
    again, _ = ranker(rows, 0)
    np.testing.assert_array_equal(again.cells, ranks.cells)


def test_a_hyper_architecture_gets_twice_the_images_so_that_its_weights_see_as_many(objective):
    from search.objectives.base import TrainObjective

    limited = TrainObjective(objective.space, objective.skeleton, objective.images, objective.recipe, train_size=20)
    assert len(limited.data.train) == 20
    assert len(limited.halved) == 40
    assert len(objective.halved) == len(objective.data.train) == len(objective.images.train)
    assert HyperRanker(limited.skeleton, limited.halved).recipe == READINGS["substitution"]


def test_unknown_readings_and_trainings_are_refused(generator, objective):
    with pytest.raises(InputError, match="reading is one of substitution, alpha, but got 'tea leaves'"):
        fade_search(objective, generator, {"reading": "tea leaves"})
    with pytest.raises(InputError, match=r"a training has no setting .speed.; known are epochs"):
        fade_search(objective, generator, {"hyper": {"speed": 1}})
