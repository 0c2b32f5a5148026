"""Members of the space around a network are trained on from the weights that they inherit, into models."""

import dataclasses
import importlib.util
import json

import imported_networks as networks
import numpy as np
import pytest
import torch
from small_fits import SHORT
from typer.testing import CliRunner

from archgraph import ArchTable, InputError
from archgraph.cli.main import app
from supernet.imported.space import NetworkSpace, from_module
from supernet.model.model import Model
from supernet.standalone.exporting import export_model
from supernet.standalone.fit import FitTask, fit

QUICK = dataclasses.replace(SHORT, epochs=2, batch_size=32)


@pytest.fixture(scope="module")
def around(tmp_path_factory):
    return NetworkSpace(from_module(networks.scaled(), (1, 1, 8, 8), tmp_path_factory.mktemp("space") / "net.yaml"))


@pytest.fixture(scope="module")
def task(around):
    graph = around.space.sample(3, np.random.default_rng(0))[-1]
    return FitTask(graph, around.space.name, id="member", around=around)


@pytest.fixture(scope="module")
def folder(task, small_digits, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model"
    fit(task, small_digits, QUICK, path)
    return path


def standardised(model, images):
    mean, deviation = (
        torch.tensor(v).view(1, -1, 1, 1) for v in (model.preprocessing.mean, model.preprocessing.deviation)
    )
    return (images - mean) / deviation


def test_a_training_begins_with_the_inherited_weights(task, around, small_digits):
    still = fit(task, small_digits, dataclasses.replace(QUICK, learning_rate=1e-12))
    expected = around.member(task.graph).state
    assert still.weights.keys() == expected.keys()
    for name, value in still.weights.items():
        torch.testing.assert_close(value, expected[name], atol=1e-6, rtol=0)


def test_the_model_needs_neither_the_space_nor_its_network(folder, task, around, small_digits, tmp_path):
    model = Model.load(folder)
    assert (model.id, model.space, list(model.graph.ops)) == ("member", around.space.name, list(task.graph.ops))
    assert model.metrics["params"] == sum(p.numel() for p in model.network().parameters())
    cost = around.cost(task.graph)
    assert (model.metrics["params"], model.metrics["flops"]) == (cost.params, cost.flops)
    found = model.evaluate(small_digits.test)
    assert found.accuracy == model.metrics["test_accuracy"]
    model.save(tmp_path / "again")
    assert json.loads((tmp_path / "again" / "config.json").read_text())["program"]


@pytest.mark.parametrize("kind", ["pt2", "py"])
def test_what_is_exported_standardises_its_images_itself(folder, kind, tmp_path):
    model, images = Model.load(folder), torch.rand(3, 1, 8, 8)
    export_model(folder, kind, tmp_path / f"net.{kind}")
    if kind == "pt2":
        network = torch.export.load(tmp_path / "net.pt2").module()
    else:
        spec = importlib.util.spec_from_file_location("exported_net", tmp_path / "net.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        network = module.load()
    torch.testing.assert_close(network(images), model.network()(standardised(model, images)), atol=1e-5, rtol=1e-5)


class Stopped(Exception):
    pass


def test_a_stopped_training_goes_on_with_the_numbers_of_an_unstopped_one(task, folder, small_digits, tmp_path):
    def stop(done, of):
        if done == 1:
            raise Stopped

    with pytest.raises(Stopped):
        fit(task, small_digits, QUICK, tmp_path / "model", progress=stop)
    again, whole = fit(task, small_digits, QUICK, tmp_path / "model"), Model.load(folder)
    assert all(torch.equal(value, whole.weights[name]) for name, value in again.weights.items())
    assert again.metrics["test_accuracy"] == whole.metrics["test_accuracy"]


def test_a_description_of_other_weights_is_refused(folder, tmp_path):
    model = Model.load(folder)
    call = dataclasses.replace(model.program.calls[-1], args=model.program.calls[-1].args[:1])
    other = dataclasses.replace(model.program, calls=(*model.program.calls[:-1], call)).pruned()
    dataclasses.replace(model, program=other, report="").save(tmp_path / "model")
    with pytest.raises(InputError, match="holds the weights of another network"):
        Model.load(tmp_path / "model")


def test_images_of_another_size_are_refused(around):
    around.check_images((1, 8, 8))
    with pytest.raises(InputError, match=r"is around a network for images \(1, 8, 8\)"):
        around.check_images((1, 6, 6))
    with pytest.raises(InputError, match="10 classes, but the data have"):
        around.check_images((1, 8, 8), 11)


def test_the_command_trains_evaluates_and_exports_one(around, task, tmp_path):
    graphs = ArchTable.from_graphs([task.graph], ids=["one"], space=around.space.name)
    graphs.write(tmp_path / "one.jsonl")

    def run(*arguments):
        return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)

    options = ("--dataset", "digits", "--train-size", "64", "--epochs", "1", "--quiet", "--json")
    done = run("fit", tmp_path / "one.jsonl", "-o", tmp_path / "model", *options)
    assert json.loads(done.stdout)["params"] == around.cost(task.graph).params
    found = run("evaluate", tmp_path / "model", "--dataset", "digits", "--json")
    assert found.exit_code == 0
    assert run("export", tmp_path / "model", "--to", "pt2", "-o", tmp_path / "net.pt2").exit_code == 0
