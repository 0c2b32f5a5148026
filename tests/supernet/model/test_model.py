import dataclasses
import json
import shutil

import pytest
import torch
from safetensors.torch import save_file

from archgraph import InputError
from supernet.images.datasets import load_images
from supernet.model.config import digest
from supernet.model.model import Model


def forged(folder, **changes):
    """A model whose description was changed together with what its weights say of it."""
    model = Model.load(folder)
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))
    save_file(dict(model.weights), folder / "model.safetensors", {"config": digest(config)})


def test_a_model_comes_back_as_it_was_saved(model_folder, tmp_path):
    model = Model.load(model_folder)
    model.save(tmp_path / "again")
    for name in ("config.json", "model.safetensors", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (model_folder / name).read_bytes()
    assert model.class_names == ("bird", "cat", "dog")
    assert model.image == (3, 16, 16)
    assert model.report.startswith("<!doctype html>")


def test_it_takes_the_place_of_a_model_but_of_nothing_else(model_folder, tmp_path):
    model = Model.load(model_folder)
    model.save(tmp_path / "model")
    dataclasses.replace(model, id="other").save(tmp_path / "model")
    assert Model.load(tmp_path / "model").id == "other"
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="no checkpoint of that kind"):
        model.save(tmp_path / "folder")


def test_predictions_are_those_of_the_training_images(model_folder, picture_folder):
    model, data = Model.load(model_folder), load_images(f"folder:{picture_folder}", size=16)
    files = sorted(picture_folder.rglob("*.*"))
    found = model.predict(files, batch=5)
    torch.testing.assert_close(found.sum(1), torch.ones(len(files)))
    every = torch.cat([part.images for part in data.parts.values()])
    with torch.inference_mode():
        expected = model.network()(every).softmax(1)
    assert (found[:, None] - expected).abs().amax(2).min(1).values.max() < 1e-5
    torch.testing.assert_close(model.predict([file.read_bytes() for file in files]), found)
    assert model.predict([]).shape == (0, 3)


def test_a_picture_that_is_none_is_named(model_folder, tmp_path):
    (tmp_path / "note.png").write_text("hello")
    with pytest.raises(InputError, match=r"note\.png: cannot read this image"):
        Model.load(model_folder).predict([tmp_path / "note.png"])


def test_an_evaluation_on_the_same_data_gives_the_figures_of_the_report(model_folder, picture_folder):
    model = Model.load(model_folder)
    data = load_images(f"folder:{picture_folder}", preprocessing=model.preprocessing)
    found = model.evaluate(data.test)
    assert found.accuracy == model.metrics["test_accuracy"]
    assert found.confusion.tolist() == model.metrics["test_confusion"]


def test_classes_are_the_models_by_name(model_folder, picture_folder):
    model = Model.load(model_folder)
    part = load_images(f"folder:{picture_folder}", preprocessing=model.preprocessing).test
    turned = dataclasses.replace(part, labels=2 - part.labels)
    expected = model.evaluate(part)
    found = model.evaluate(turned, class_names=("dog", "cat", "bird"))
    assert found.confusion.tolist() == expected.confusion.tolist()
    with pytest.raises(InputError, match="knows no class cow; its classes are bird, cat, dog"):
        model.evaluate(part, class_names=("bird", "cat", "cow"))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ops": ["input", "output"], "edges": [[0, 5]]}, "describes no model"),
        ({"ops": 3}, "describes no model"),
        ({"edges": None}, "describes no model"),
        ({"network": {"kind": "published", "settings": {"width": 16}}}, "weights of another network"),
        ({"network": {"kind": "published", "settings": {"depth": 16}}}, "describes no model"),
        ({"network": []}, "describes no model"),
        ({"class_names": ["a", "b"]}, "weights of another network"),
        ({"class_names": "abc"}, "describes no model"),
        ({"preprocessing": {}}, "describes no model"),
        ({"image": [3, 16, 17]}, "the image is not the preprocessing's"),
        ({"operations": [{"name": "mine"}]}, "describes no model"),
        ({"training": 5}, "describes no model"),
        ({"space": None}, "a name is no text"),
    ],
    ids=str,
)
def test_a_forged_description_builds_nothing(model_folder, tmp_path, changes, reason):
    folder = shutil.copytree(model_folder, tmp_path / "copy")
    forged(folder, **changes)
    with pytest.raises(InputError, match=reason) as caught:
        Model.load(folder)
    assert "\n" not in str(caught.value)


def test_a_missing_report_is_said_when_it_is_asked_for(model_folder, tmp_path):
    folder = shutil.copytree(model_folder, tmp_path / "copy")
    (folder / "report.html").unlink()
    model = Model.load(folder)
    with pytest.raises(InputError, match=r"report\.html is missing"):
        _ = model.report
