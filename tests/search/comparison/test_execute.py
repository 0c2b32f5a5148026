"""Study files are run, and gone on with."""

import numpy as np
import optuna
import pytest
from small_comparisons import nothing, numbers

from archgraph import InputError
from archgraph.storages.opening import open_existing
from search.comparison.execute import run_file
from search.comparison.study_file import StudyFile
from search.studies.study import completed, spent


def test_a_study_file_is_run_and_gone_on_with(study_file, tmp_path):
    comparison = StudyFile.read(study_file)
    files = run_file(comparison, tmp_path / "a", 1, nothing)
    before = numbers(files)
    assert len(before) == 6 * 2
    sizes = [file.stat().st_size for file in files]
    assert numbers(run_file(comparison, tmp_path / "a", 1, nothing)) == before
    assert [file.stat().st_size for file in files] == sizes
    for file in files:  # as a kill leaves them: some whole lines, and the beginning of one
        content = file.read_bytes()
        file.write_bytes(content[: len(content) * 2 // 3])
    assert numbers(run_file(comparison, tmp_path / "a", 1, nothing)) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("sample: 2", "sample: 9"), "a sample of 1 to the population's 4, but got 9"),
        (("test: size", "test: weight"), "no metric 'weight' in the table"),
        (("nsga2: {", "cmaes: {"), "cmaes searches for one objective here, but got acc, size"),
    ],
)
def test_every_method_and_problem_is_checked_before_the_first_is_run(change, message, study_file, tmp_path):
    study_file.write_text(study_file.read_text().replace(*change))
    with pytest.raises(InputError, match=message):
        run_file(StudyFile.read(study_file), tmp_path / "out", 1, nothing)
    assert not (tmp_path / "out").exists()


TRAINED = """
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


@pytest.fixture
def comparison(tmp_path):
    def read(text=TRAINED):
        (tmp_path / "study.yaml").write_text(text)
        return StudyFile.read(tmp_path / "study.yaml")

    return read


def studies(files):

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
        assert spent(trials) <= 0.02 or len(trials) == 2
        assert study.user_attrs["settings"]["recipe"] == {"epochs": 1, "batch_size": 20}
        shown.append((test, [trial.value for trial in trials]))
    assert shown[0] == shown[1]


def test_a_recipe_that_does_not_exist_is_refused(comparison, tmp_path):
    with pytest.raises(
        InputError, match=r"a training has no setting 'momentum'; known are epochs \(a whole number\), batch_size"
    ):
        run_file(comparison(TRAINED.replace("epochs: 1", "momentum: 1")), tmp_path / "out", 1, lambda *_: None)


LIMITED = """
seeds: 1
trials: 3
problems:
  digits:
    space: macro
    objective: train:digits
    network_set: {channels: 4}
    train_size: 40
    epochs: 1
    recipe: {batch_size: 20, learning_rate: RATE}
    limits: {params: 70k, flops: 1M}
    device: cpu
    test: 2
methods:
  random: {batch: 2}
"""


@pytest.mark.parametrize("rate", ["0.01", "1.0e+30"])
def test_a_problem_says_network_limits_and_recipe_and_trainings_may_fail(rate, tmp_path):
    (tmp_path / "study.yaml").write_text(LIMITED.replace("RATE", rate))
    [file] = run_file(StudyFile.read(tmp_path / "study.yaml"), tmp_path / "out", 1, nothing)
    study = optuna.load_study(study_name="digits/random/0", storage=open_existing(f"journal:{file}"))
    settings = study.user_attrs["settings"]
    assert settings["network"] == {"kind": "published", "settings": {"channels": 4}}
    assert settings["limits"] == {"flops": 1e6, "params": 7e4}
    assert settings["recipe"] == {"batch_size": 20, "epochs": 1, "learning_rate": float(rate)}
    failed = rate != "0.01"
    assert [trial.state.name for trial in study.trials] == ["FAIL" if failed else "COMPLETE"] * 4
    assert ("test" in study.user_attrs) == (not failed)
    assert all("diverged" in trial.user_attrs["reason"] for trial in study.trials if failed)
