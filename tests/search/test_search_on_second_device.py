"""`search`, `compare`, `design` and the demo on another device than the CPU give the CPU's numbers, and mix nothing."""

from dataclasses import replace

import optuna
import pytest
from second_device import DEVICE, second_device
from small_demo import TINY
from small_designs import QUICK, SPACE, Ticking, few

from archgraph.storages.opening import open_storage
from archgraph.storages.study import open_study
from search import design
from search.comparison.execute import run_file
from search.comparison.study_file import StudyFile
from search.demo.demo import Demo
from search.fade.make import fade_search
from search.objectives.train import TrainObjective
from search.problem import Problem, Search
from search.run import run_search
from search.studies.study import completed

SMALL = {"width": 4, "train_size": 48, "recipe": {"epochs": 1, "batch_size": 16, "augment": True}}


def values(study):
    return [(trial.user_attrs["architecture"], trial.values[0]) for trial in completed(study)]


def same(there, here):
    assert [native for native, _ in there] == [native for native, _ in here]
    assert [loss for _, loss in there] == pytest.approx([loss for _, loss in here], abs=1e-3)


@pytest.mark.parametrize(
    ("space", "objective", "given"),
    [
        ("dag:1-3x2", "train:digits", {}),
        ("dag:1-3x2", "train:digits,-params,-latency_ms", {"limits": {"params": 1e6, "latency_ms": 1e6}}),
        ("macro", "train:digits", {"width": None, "network_settings": {"channels": 4}}),
    ],
)
def test_a_search_trains_there_as_on_the_cpu(space, objective, given):
    def searched(device):
        problem = Problem.of(space, objective, device=device, **{**SMALL, **given})
        return values(run_search(problem, Search("random", batch=2), 3))

    with second_device():
        there = searched(DEVICE)
    same(there, searched("cpu"))


def test_fade_trains_hyper_architectures_there(space, generator):
    def searched(device):
        settings = SMALL | {"width": 4, "device": device}
        objective = TrainObjective.read("digits", space.with_rows(2), settings)
        study = open_study(None, "fade", {}, objective.directions)
        search = fade_search(objective, generator, {"candidates": 2, "hyper": {"epochs": 1, "warm_up": 1}})
        search.run(study, 0, lambda trials: len(trials) >= 2)
        return values(study)

    with second_device():
        there = searched(DEVICE)
    same(there, searched("cpu"))


STUDY = """
seeds: 1
trials: 2
problems:
  digits:
    {space: "dag:1-3", rows: 2, objective: "train:digits", width: 4, train_size: 48, epochs: 1, device: DEVICE, test: 2}
methods:
  random: {batch: 2}
"""


def test_a_study_file_runs_there(tmp_path):
    def compared(device):
        folder = tmp_path / device
        folder.mkdir()
        (folder / "study.yaml").write_text(STUDY.replace("DEVICE", device))
        [file] = run_file(StudyFile.read(folder / "study.yaml"), folder / "out")
        storage = open_storage(f"journal:{file}")
        study = optuna.load_study(study_name="digits/random/0", storage=storage)
        return values(study), study.user_attrs["test"]["value"], study.user_attrs["settings"]

    with second_device():
        there, test, settings = compared(DEVICE)
    here, expected, own = compared("cpu")
    same(there, here)
    assert test == pytest.approx(expected, abs=0.02)
    assert settings == own  # the device is none of them


@pytest.mark.slow
@pytest.mark.parametrize("others", [120, 20])  # the latter in folds
def test_a_design_trains_there_as_on_the_cpu(others):
    def designed(device):
        clock = Ticking(0.2)
        return design(few(60, others).to(device), {"params": 1e4}, 10.0, None, SPACE, settings=QUICK, clock=clock)

    with second_device():
        there = designed(DEVICE)
    here = designed("cpu")
    assert there.training["device"] == DEVICE
    assert there.id == here.id
    assert there.metrics["validation_loss"] == pytest.approx(here.metrics["validation_loss"], abs=1e-2)


@pytest.mark.slow
def test_the_demo_runs_there(tmp_path):
    with second_device():
        demo = Demo(tmp_path / "demo", replace(TINY, budget=0.01), device=DEVICE)
        results = demo.run()
    assert demo.images.train.batch_device.type == DEVICE
    assert set(results["winners"]) == set(results["histories"])
