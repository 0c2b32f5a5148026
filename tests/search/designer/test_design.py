import dataclasses
import os
import shutil
import subprocess
import sys
import time

import pytest
import torch
from small_designs import QUICK, SPACE, Ticking, few

from archgraph import ArchGraphError, InputError
from search import design
from search.designer import design as module
from supernet.model.model import Model

BUDGET = 20.0


def designed(folder, images=None, limits=None, **others):
    images = images or few()
    return design(images, limits, BUDGET, folder, SPACE, settings=QUICK, clock=Ticking(0.01), **others)


def same(model, other):
    """Whether two models were designed alike; how long it took is another matter."""
    assert model.graph.ops == other.graph.ops
    assert model.training["source"] == other.training["source"]
    assert model.training["recipe"] == other.training["recipe"]
    timed = {"latency_ms", "latency_ms_spread"}
    first, second = ({k: v for k, v in m.metrics.items() if k not in timed} for m in (model, other))
    assert first == second
    assert all(torch.equal(value, other.weights[name]) for name, value in model.weights.items())


def test_a_model_says_how_it_was_found(tmp_path):
    said, doing = [], []
    made = designed(tmp_path / "model", say=said.append, progress=lambda *how: doing.append(how))
    model = Model.load(tmp_path / "model")
    same(model, made)
    assert [line.startswith("plan: dag:1-3x2, network published (width") for line in said] == [True]
    assert "search by delta: 4 trials" in said[0]
    assert list(dict.fromkeys(what for what, _, _ in doing)) == ["measuring", "search", "training the best"]
    assert doing[-1] == ("training the best", QUICK.most_epochs, QUICK.most_epochs)
    source = model.training["source"]
    assert source["design"] == "delta, 4 trials of 2 epochs"
    assert model.id in source["best of the search"][0]
    assert not (tmp_path / "model.training").exists()


def test_limits_are_obeyed(tmp_path):
    model = designed(tmp_path / "model", limits={"params": "2k", "flops": 1e5})
    assert model.metrics["params"] <= 2000
    assert model.metrics["flops"] <= 1e5
    assert model.training["source"]["limits"] == "params 2,000, flops 100,000"


def test_limits_that_nothing_keeps_leave_nothing_behind(tmp_path):
    with pytest.raises(InputError, match=r"params of at most 5; the least found has params \d+"):
        designed(tmp_path / "model", limits={"params": 5})
    assert list(tmp_path.iterdir()) == []


def test_the_search_has_no_look_at_the_test_part(tmp_path):
    images = few()
    other = dataclasses.replace(images, test=images.test.take(slice(0, 7)))
    model, changed = (designed(None, data) for data in (images, other))
    assert all(torch.equal(value, changed.weights[name]) for name, value in model.weights.items())


def test_few_images_are_designed_for_in_folds(tmp_path):
    model = designed(None, few(train=60, others=20))
    assert len(model.training["folds"]) == QUICK.folds
    assert sum(model.data["images"]["train"]) == 60


@pytest.mark.parametrize("stage", ["search", "training the best"])
def test_a_stopped_design_ends_in_the_same_numbers(tmp_path, stage):
    whole = designed(tmp_path / "whole")

    def stop(doing, done, of):
        if doing == stage and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        designed(tmp_path / "model", progress=stop)
    said = []
    resumed = design(few(), None, BUDGET, tmp_path / "model", SPACE, settings=QUICK, say=said.append)
    same(resumed, whole)
    assert "search by delta: 4 trials" in said[0]  # the plan of before, whatever the clock says now
    assert not (tmp_path / "model.training").exists()


def test_a_trained_model_is_not_trained_again(tmp_path, monkeypatch):
    save, whole = Model.save, designed(None)

    def killed(model, folder):
        if folder == tmp_path / "model":
            raise KeyboardInterrupt
        save(model, folder)

    with monkeypatch.context() as patched:
        patched.setattr(Model, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            designed(tmp_path / "model")
    monkeypatch.delattr(module, "fit")
    resumed = designed(tmp_path / "model")
    assert not (tmp_path / "model.training").exists()
    same(resumed, whole)


def test_other_settings_do_not_go_on(tmp_path):
    def stop(doing, done, of):
        if doing == "search":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        designed(tmp_path / "model", progress=stop)
    with pytest.raises(InputError, match="begun with other settings"):
        designed(tmp_path / "model", limits={"params": "50k"})


def test_what_is_no_model_is_not_replaced(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="it exists and is no checkpoint of that kind"):
        designed(tmp_path / "model")


def test_a_search_that_fails_says_why(monkeypatch):
    monkeypatch.setattr(module.DesignPlan, "recipe", property(lambda self: diverging(self)))
    with pytest.raises(ArchGraphError, match=r"all 4 evaluations .* diverged"):
        designed(None)


def diverging(plan):
    from supernet.standalone.training import Recipe

    return Recipe(epochs=2, batch_size=plan.batch_size, learning_rate=1e30)


RUN = """
import sys
from pathlib import Path
from small_designs import QUICK, SPACE, few
from search import design
say = lambda *done: print(*done, flush=True)
design(few(), None, 20.0, Path(sys.argv[1]), SPACE, settings=QUICK, progress=say)
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_any_moment_it_ends_in_the_same_numbers(tmp_path):
    """Killed with -9 at 10 moments, of a plan that is made once; one that ends meanwhile is begun again."""
    whole, model, kills = designed(tmp_path / "whole"), tmp_path / "model", 0
    training, begun = tmp_path / "model.training", tmp_path / "begun"

    def stop(doing, done, of):
        if doing == "search":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        designed(model, progress=stop)
    shutil.copytree(training, begun)
    while kills < 10 or not model.exists():
        if model.exists():
            same(Model.load(model), whole)
            shutil.rmtree(model)
            shutil.copytree(begun, training)
        command = [sys.executable, "-c", RUN, str(model)]
        with subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, text=True) as process:
            steps = range(3 + kills % 3) if kills < 10 else process.stdout
            for _ in steps:  # two that say that the plan is there, then one or more of work
                process.stdout.readline()
            if kills < 10:
                time.sleep(0.02 * kills)
                kills += process.poll() is None
                process.kill()
    same(Model.load(model), whole)


def _environment():
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
