import json

import pytest
from command_runner import run_command
from small_fits import SMALL_TASK

from archgraph import ArchTable, InputError
from supernet.commands.fit import fit
from supernet.model.model import Model

QUICK = ("--dataset", "digits", "--train-size", "100", "--epochs", "1", "--quiet")
META = {
    "network": {"kind": "published", "settings": {"width": 4}},
    "recipe": {"epochs": 3, "batch_size": 16, "learning_rate": 0.02, "optimizer": "adam"},
    "data": {"name": "digits", "size": None, "train_size": 100},
    "study": "mine",
}


def write(path, meta=None, **columns):
    columns = {"ids": ["one"], "space": SMALL_TASK.space, "meta": None if meta is None else [meta]} | columns
    ArchTable.from_graphs([SMALL_TASK.graph] * len(columns["ids"]), **columns).write(path)
    return path


def test_a_winner_is_trained_in_the_network_and_by_the_steps_of_its_search(tmp_path):
    graphs = write(tmp_path / "winners.jsonl", META)
    done = run_command(fit, graphs, "-o", tmp_path / "model", *QUICK[:-1], "--json", "--no-crop")
    model, said = Model.load(tmp_path / "model"), json.loads(done.stdout)
    assert model.choice.to_dict() == META["network"]
    recipe = model.training["recipe"]
    assert (recipe["batch_size"], recipe["learning_rate"], recipe["epochs"]) == (16, 0.02, 1)
    assert recipe["augmentation"]["crop"] is False
    assert model.training["source"] == {"graphs": "winners.jsonl", "study": "mine"}
    assert said["test_accuracy"] == model.metrics["test_accuracy"]
    assert "digits: 10 classes, grey 8x8; train 100" in done.stderr
    assert sum(model.data["images"]["train"]) == 100


def test_options_say_otherwise(tmp_path):
    graphs = write(tmp_path / "winners.jsonl", META)
    options = ["--set", "width=8", "--batch-size", "50", "--mixup", "0.2", "--folds", "2", "--optimizer", "sgd"]
    run_command(fit, graphs, "--id", "one", "-o", tmp_path / "model", *QUICK, *options)
    model = Model.load(tmp_path / "model")
    assert model.choice.to_dict() == {"kind": "published", "settings": {"width": 8}}
    recipe = model.training["recipe"]
    assert (recipe["batch_size"], recipe["optimizer"], recipe["augmentation"]["mixup"]) == (50, "sgd", 0.2)
    assert len(model.training["folds"]) == 2


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--id", "nope"], "holds 0 architectures called 'nope'"),
        (["--network", "mine"], "network is one of published, rows, pooled, but got 'mine'"),
        (["--set", "width"], "--set is written as in channels=8"),
        (["--set", "depth=3"], "has no setting 'depth'"),
        (["--dataset", "imagenet"], "choose from digits"),
        (["--averaging", "1"], "averaging is a number from 0 to less than 1"),
        (["--magnitude", "31"], "magnitude is a whole number from 0 to 30"),
        (["--device", "tpu"], "--device is auto, cpu or cuda"),
        (["-o", "."], "no checkpoint of that kind"),
        (["--size", "8"], "a size is for hf:DIR and folder:DIR"),
    ],
)
def test_bad_arguments_are_one_clear_error_and_leave_nothing(tmp_path, options, reason):
    graphs = write(tmp_path / "graphs.jsonl", META)
    with pytest.raises(InputError, match=reason):
        run_command(fit, graphs, "-o", tmp_path / "model", *QUICK, *options)
    assert sorted(tmp_path.iterdir()) == [graphs]


def test_of_several_graphs_one_is_named(tmp_path):
    graphs = write(tmp_path / "graphs.jsonl", ids=["one", "two"])
    with pytest.raises(InputError, match=r"holds 2 architectures; name one with --id: 'one', 'two'"):
        run_command(fit, graphs, "-o", tmp_path / "model", *QUICK)
