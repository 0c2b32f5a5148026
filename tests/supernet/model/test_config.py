import json
import shutil

import pytest
from safetensors.torch import load_file, save_file

from archgraph import InputError
from archgraph.networks.registry import blueprint
from supernet.model.config import config_text, read_config, weight_shapes
from supernet.model.model import Model
from supernet.network import Network


@pytest.fixture
def copy(model_folder, tmp_path):
    return shutil.copytree(model_folder, tmp_path / "copy")


def rewritten(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def test_shapes_are_those_of_the_network(small_networks):
    for made in small_networks:
        shapes = {name: tuple(value.shape) for name, value in Network(made, 0).state_dict().items()}
        assert weight_shapes(made) == shapes


def test_a_description_may_be_laid_out_otherwise(copy):
    config, shapes = read_config(copy)
    rewritten(copy)
    assert read_config(copy) == (config, shapes)


def test_what_is_no_number_is_not_written():
    with pytest.raises(ValueError, match="not JSON compliant"):
        config_text({"metrics": {"loss": float("nan")}})


def cut(file):
    file.write_bytes(file.read_bytes()[:-100])


def without_digest(folder):
    save_file(load_file(folder / "model.safetensors"), folder / "model.safetensors")


DAMAGES = {
    "no folder": (shutil.rmtree, "no folder"),
    "no description": (lambda folder: (folder / "config.json").unlink(), "holds no config.json"),
    "no JSON": (lambda folder: cut(folder / "config.json"), "config.json is damaged"),
    "no text": (lambda folder: (folder / "config.json").write_bytes(b"\xff\x00"), "config.json is damaged"),
    "nested": (lambda folder: (folder / "config.json").write_text("[" * 99999), "config.json is damaged"),
    "a list": (lambda folder: (folder / "config.json").write_text("[]"), "something else than a model"),
    "an encoder": (lambda folder: rewritten(folder, kind="encoder"), "something else than a model"),
    "another version": (lambda folder: rewritten(folder, version=99), "a model of version 99, and this"),
    "other classes": (lambda folder: rewritten(folder, class_names=["a", "b", "c"]), "not the description"),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors is missing"),
    "cut weights": (lambda folder: cut(folder / "model.safetensors"), "model.safetensors is damaged"),
    "other weights": (without_digest, "not the description"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_model_is_one_clear_line(copy, damage):
    harm, reason = DAMAGES[damage]
    harm(copy)
    with pytest.raises(InputError, match=reason) as caught:
        Model.load(copy)
    assert "\n" not in str(caught.value)


def test_blueprint_without_layers_has_no_shapes(cells):
    assert weight_shapes(blueprint(cells[0], "dag", (1, 8, 8), 2, width=4))
