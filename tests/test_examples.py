"""What data/examples shows keeps the contract of its kind, and works where its text says it does."""

import importlib.util
from functools import cache
from pathlib import Path

import pytest
from optuna.storages import JournalStorage

from archgraph import OPS, ArchGraph, ArchTable, spaces
from archgraph.testing import (
    FormatContract,
    LayerContract,
    MethodContract,
    ObjectiveContract,
    OperationContract,
    SpaceContract,
    StorageContract,
)
from search import make, open_study, run_study

EXAMPLES = Path(__file__).parents[1] / "data" / "examples"


@cache
def load(name):
    """An example as a module, which other modules do not see."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestMySpace(SpaceContract):
    def make(self):
        return spaces.get(f"custom:{EXAMPLES / 'my_space.yaml'}")


class TestMyOperation(OperationContract):
    def make(self):
        return load("my_operation").OPERATIONS


class TestMyLayer(LayerContract):
    @pytest.fixture(autouse=True)
    def _on_the_path(self, monkeypatch):
        monkeypatch.syspath_prepend(EXAMPLES)

    def make(self):
        return load("my_layer").OPERATIONS


class TestMyMethod(MethodContract):
    objective = load("my_objective").LongAndSmall(spaces.get("dag:1-4"))

    def make(self):
        return load("my_method").EditTheBest()

    def space(self):
        return self.objective.space

    def run(self, method, storage, seed, trials):
        study = open_study(storage, "contract", {"seed": seed}, self.objective.directions)
        run_study(study, method, self.objective, seed, lambda begun: len(begun) >= trials)
        return study


class TestMyObjective(ObjectiveContract):
    def make(self):
        return load("my_objective").LongAndSmall(spaces.get("dag:1-5"))


class TestMyFormat(FormatContract):
    def write(self, folder):
        path = folder / "networks.txt"
        path.write_text("input conv3x3-relu maxpool3x3 output | 0-1 0-2 1-3 2-3\ninput conv3x3-relu output | 0-1 1-2\n")
        return path

    def read(self, path):
        return load("my_format").read_lines(path)


class TestMyStorage(StorageContract):
    def open(self, folder):
        return JournalStorage(load("my_storage").FolderBackend(folder / "studies"))

    def begin(self, storage, name, settings, directions):
        return open_study(storage, name, settings, directions)


def test_operations_travel_with_the_graphs(tmp_path):
    for operation in load("my_operation").OPERATIONS:
        OPS.register(operation)
        table = ArchTable.from_graphs([ArchGraph(["input", operation.name, "output"], [(0, 1), (1, 2)])])
        for suffix in ("jsonl", "parquet"):
            path = tmp_path / f"graphs.{suffix}"
            table.write(path)
            assert operation.name.encode() in path.read_bytes()
            assert ArchTable.read(path)[0] == table[0]


def test_a_search_knows_the_longest_and_smallest():
    objective = load("my_objective").LongAndSmall(spaces.get("dag:1-5"))
    study = open_study(None, "mine", {}, objective.directions)
    run_study(study, make("evolution", objective.space), objective, 0, lambda trials: len(trials) >= 20)
    for trial in study.best_trials:
        longest, nodes = trial.values
        assert 1 <= longest < nodes


def test_a_method_comes_to_better_values():
    objective = load("my_objective").LongAndSmall(spaces.get("dag:1-5"))
    study = open_study(None, "mine", {}, objective.directions)
    run_study(study, load("my_method").EditTheBest(), objective, 0, lambda trials: len(trials) >= 40)
    longest = [trial.values[0] for trial in study.trials]
    assert max(longest[20:]) > longest[0]
