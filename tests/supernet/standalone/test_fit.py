import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from small_fits import SHORT, SMALL_TASK

from archgraph import ArchGraphError, InputError
from supernet.images.augmentation import Augmentation
from supernet.images.datasets import digits, load_images
from supernet.model.model import Model
from supernet.standalone.fit import _best_on_average, fit

QUICK = dataclasses.replace(SHORT, epochs=2, batch_size=64)


@pytest.fixture(scope="module")
def data():
    return digits().limit_train(200)


def same(model, other):
    """Whether two models were trained alike; how long it took is another matter."""
    timed = {"seconds", "latency_ms", "latency_ms_spread"}
    assert {k: v for k, v in model.metrics.items() if k not in timed} == {
        k: v for k, v in other.metrics.items() if k not in timed
    }
    histories = [{k: v for k, v in m.training["history"].items() if k != "seconds"} for m in (model, other)]
    assert histories[0] == histories[1]
    assert model.training["folds"] == other.training["folds"]
    assert all(torch.equal(value, other.weights[name]) for name, value in model.weights.items())


def test_a_model_knows_where_it_comes_from(data, tmp_path):
    shown = []
    made = fit(SMALL_TASK, data, QUICK, tmp_path / "model", seed=3, progress=lambda *done: shown.append(done))
    model = Model.load(tmp_path / "model")
    same(model, made)
    assert shown[-1] == (2, 2)
    assert model.training["recipe"] == json.loads(json.dumps(QUICK.to_dict()))
    assert (model.training["seed"], model.training["epochs"]) == (3, 2)
    assert sum(model.data["images"]["train"]) == 200
    assert model.metrics["params"] == sum(p.numel() for p in model.network().parameters())
    low, high = model.metrics["test_interval"]
    assert low < model.metrics["test_accuracy"] < high
    assert not (tmp_path / "model.training").exists()


def test_the_test_part_decides_nothing(data):
    other = dataclasses.replace(data, test=data.test.take(slice(0, 7)))
    model, changed = (fit(SMALL_TASK, images, QUICK) for images in (data, other))
    assert all(torch.equal(value, changed.weights[name]) for name, value in model.weights.items())


def test_folds_say_how_well_it_does_and_the_model_learns_from_all(data, tmp_path):
    made = fit(SMALL_TASK, data, QUICK, tmp_path / "model", folds=3, progress=lambda done, of: None)
    folds = made.training["folds"]
    assert len(folds) == 3
    accuracies = torch.tensor([fold["validation_accuracy"] for fold in folds], dtype=torch.float64)
    assert made.metrics["validation_accuracy"] == pytest.approx(accuracies.mean().item())
    assert made.metrics["validation_accuracy_std"] == pytest.approx(accuracies.std().item())
    best = [fold["best_epoch"] for fold in folds]
    assert min(best) <= made.training["epochs"] <= max(best)
    assert "validation_loss" not in made.training["history"]
    assert "3 folds" in made.report
    with pytest.raises(InputError, match="folds is a whole number from 2"):
        fit(SMALL_TASK, data, QUICK, folds=1)


def test_the_epoch_of_folds_is_the_best_on_average():
    assert _best_on_average([[3.0, 1.0, 2.0], [9.0, 8.0, 1.0, 0.0], [3.0, 3.0, 3.0]]) == 3
    assert _best_on_average([[1.0, 1.0]]) == 1


def test_another_fit_does_not_go_on_from_this_one(data, tmp_path):
    def stop(done, of):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(SMALL_TASK, data, QUICK, tmp_path / "model", progress=stop)
    assert (tmp_path / "model.training").is_dir()
    with pytest.raises(InputError, match=r"other settings \(seed 0, not 1\)"):
        fit(SMALL_TASK, data, QUICK, tmp_path / "model", seed=1)
    with pytest.raises(InputError, match="no checkpoint of that kind"):
        fit(SMALL_TASK, data, QUICK, tmp_path)


def test_what_diverges_fails_and_leaves_nothing(data, tmp_path):
    wild = dataclasses.replace(QUICK, learning_rate=1e30, optimizer="sgd", clip=0.0, warm_up=0)
    with pytest.raises(ArchGraphError, match="diverged: in epoch 1") as caught:
        fit(SMALL_TASK, data, wild, tmp_path / "model", folds=2)
    assert not isinstance(caught.value, InputError)
    assert not list(tmp_path.iterdir())


def test_tensorboard_gets_the_curves(data, tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard")
    model = fit(SMALL_TASK, data, QUICK, log=tmp_path / "log")
    events = reader.EventAccumulator(str(tmp_path / "log" / "final"))
    events.Reload()
    found = [event.value for event in events.Scalars("validation_loss")]
    assert found == pytest.approx(model.training["history"]["validation_loss"])


SCRIPT = """
import sys
from pathlib import Path
from small_fits import SHORT, SMALL_TASK
from supernet.images.datasets import digits
from supernet.standalone.fit import fit
import torch
torch.set_num_threads(1)
fit(SMALL_TASK, digits().limit_train(200), SHORT, Path(sys.argv[1]), folds=int(sys.argv[2]))
"""


def killed_often(folder, folds, times):
    """Run a fit in processes that are killed after so many seconds of work each; the last one ends by itself."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, sys.path))}
    command = [sys.executable, "-c", SCRIPT, str(folder), str(folds)]
    kills = 0
    for seconds in [*times, None]:
        process = subprocess.Popen(command, env=environment)
        if seconds is not None:
            started = folder.with_name(f"{folder.name}.training")
            while not started.exists() and not folder.exists() and process.poll() is None:
                time.sleep(0.01)
            time.sleep(seconds)
            kills += process.poll() is None
            process.send_signal(signal.SIGKILL)
        code = process.wait()
    assert code == 0
    return kills


@pytest.mark.parametrize(
    ("folds", "times"),
    [(0, [0.2]), pytest.param(2, [0.05 * i for i in range(12)], marks=pytest.mark.slow)],
)
def test_killed_at_any_moment_it_ends_with_the_numbers_of_an_unstopped_run(data, tmp_path, folds, times):
    killed_often(tmp_path / "killed", folds, times)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        same(Model.load(tmp_path / "killed"), fit(SMALL_TASK, data, SHORT, folds=folds))
    finally:
        torch.set_num_threads(threads)
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) == ["killed"]


def test_pictures_that_are_streamed_train_alike(picture_folder):
    memory, streamed = (load_images(f"folder:{picture_folder}", size=16, memory=room) for room in (None, 0))
    models = [fit(SMALL_TASK, images, QUICK, folds=2) for images in (memory, streamed)]
    for name, value in models[0].weights.items():
        torch.testing.assert_close(value, models[1].weights[name], atol=1e-4, rtol=1e-4)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_model_is_fitted_on_a_gpu(data, device, tmp_path, precision):
    augmentation = Augmentation(randaugment=1, mixup=0.2, cutmix=0.5)
    recipe = dataclasses.replace(SHORT, epochs=20, batch_size=64, precision=precision, augmentation=augmentation)

    def stop(done, of):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(SMALL_TASK, data.to(device), recipe, tmp_path / "model", progress=stop)
    model = fit(SMALL_TASK, data.to(device), recipe, tmp_path / "model")
    assert model.training["device"] == "cuda"
    assert model.metrics["test_accuracy"] > 0.3
    assert model.evaluate(data.test).accuracy == pytest.approx(model.metrics["test_accuracy"], abs=0.01)
