import json

import pytest
from command_runner import run_command
from picture_files import write_classes_of_sizes

from archgraph import InputError
from supernet.commands.evaluate import evaluate
from supernet.model.model import Model


def test_it_gives_the_test_accuracy_of_the_report(model_folder, picture_folder):
    found = json.loads(run_command(evaluate, model_folder, "--dataset", f"folder:{picture_folder}", "--json").stdout)
    metrics = Model.load(model_folder).metrics
    assert found["accuracy"] == metrics["test_accuracy"]
    assert found["interval"] == metrics["test_interval"]
    assert found["confusion"] == metrics["test_confusion"]
    assert f"{100 * found['accuracy']:.1f} %" in Model.load(model_folder).report


def test_a_person_reads_accuracy_classes_and_confusion(model_folder, picture_folder):
    done = run_command(evaluate, model_folder, "--dataset", f"folder:{picture_folder}", "--part", "all")
    assert "95 % interval" in done.stdout
    assert "as bird" in done.stdout
    assert "36" in done.stdout.split("images")[1].splitlines()[0]


def test_classes_agree_by_name(model_folder, tmp_path):
    two = write_classes_of_sizes(tmp_path / "two", 6, ("bird", "dog"))
    found = json.loads(run_command(evaluate, model_folder, "--dataset", f"folder:{two}", "--json").stdout)
    assert list(found["classes"]) == ["bird", "dog"]
    strange = write_classes_of_sizes(tmp_path / "strange", 6, ("bird", "cow"))
    with pytest.raises(InputError, match="the model knows no class cow; its classes are bird, cat, dog"):
        run_command(evaluate, model_folder, "--dataset", f"folder:{strange}")


def test_images_of_another_shape_are_said(model_folder, picture_folder):
    with pytest.raises(InputError, match=r"takes images of shape \(3, 16, 16\), but those of digits are \(1, 8, 8\)"):
        run_command(evaluate, model_folder, "--dataset", "digits")
    with pytest.raises(InputError, match="part is one of train, validation, test, all"):
        run_command(evaluate, model_folder, "--dataset", f"folder:{picture_folder}", "--part", "some")
