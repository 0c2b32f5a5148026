import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from typer.testing import CliRunner

from archgraph import ArchTable, InputError, spaces
from archgraph.cli.main import app
from archgraph.networks.registry import blueprint
from supernet.model.model import Model
from supernet.network import Network
from supernet.standalone.exporting import export_model
from supernet.standalone.weights import Build, save_weights, weights_path


@pytest.fixture
def graphs(tmp_path):
    space = spaces.get("dag:1-3x2")
    natives = ["1:|2:0-1", "2:|1:"]
    table = ArchTable.from_graphs(map(space.from_native, natives), ids=natives, space=space.name)
    table.write(tmp_path / "graphs.jsonl")
    return table


def test_a_module_says_whether_its_weights_were_trained(graphs, tmp_path):
    network = Network(blueprint(graphs[0], "dag", (1, 8, 8), 3, width=4), 7)
    build = Build(graphs[0].canonical_hash(), "dag", (1, 8, 8), 3, {"width": 4})
    kept = weights_path(tmp_path / "weights", "1:|2:0-1")
    kept.parent.mkdir()
    save_weights(kept, network.state_dict(), build)
    arguments = ["export", str(tmp_path / "graphs.jsonl"), "--id", "1:|2:0-1", "--to", "py", "-o"]
    for name, place in (("drawn", None), ("file", kept), ("folder", kept.parent)):
        options = ["--weights", str(place)] if place else ["--random-weights"]
        CliRunner().invoke(app, [*arguments, str(tmp_path / f"{name}.py"), *options], catch_exceptions=False)
    assert "written by archgraph with random weights." in (tmp_path / "drawn.py").read_text()
    assert "random" not in (tmp_path / "file.py").read_text()
    assert (tmp_path / "folder.safetensors").read_bytes() == (tmp_path / "file.safetensors").read_bytes()


def test_weights_of_another_architecture_are_refused(graphs, tmp_path):
    build = Build(graphs[1].canonical_hash(), "dag:1-3x2", (1, 8, 8), 3, {"width": 4})
    save_weights(tmp_path / "w.safetensors", {"a": torch.zeros(1)}, build)
    arguments = ["export", str(tmp_path / "graphs.jsonl"), "--id", "1:|2:0-1", "--to", "py"]
    arguments += ["--weights", str(tmp_path / "w.safetensors"), "-o", str(tmp_path / "net.py")]
    with pytest.raises(InputError, match="weights of another architecture"):
        CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)


def classes_by_onnxruntime(path, files):
    """The classes of raw files by what the exported file says of itself: ten lines without archgraph."""
    runtime = pytest.importorskip("onnxruntime", reason="needs the extra onnx and onnxruntime")
    session = runtime.InferenceSession(path)
    about = {name: json.loads(text) for name, text in session.get_modelmeta().custom_metadata_map.items()}
    (height, width), found = about["size"], []
    for file in files:
        picture = ImageOps.exif_transpose(Image.open(file)).convert(about["mode"])
        pixels = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), np.float32) / 255
        images = pixels.reshape(1, height, width, about["channels"]).transpose(0, 3, 1, 2)
        found.append(about["classes"][session.run(None, {"images": images})[0].argmax()])
    return found


def classes_by_torch(path, files):
    about = {"classes": "", "size": "", "mode": "", "channels": ""}
    network = torch.export.load(path, extra_files=about).module()
    (height, width), images = json.loads(about["size"]), []
    for file in files:
        picture = ImageOps.exif_transpose(Image.open(file)).convert(json.loads(about["mode"]))
        pixels = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), np.float32) / 255
        images.append(torch.from_numpy(pixels).reshape(height, width, json.loads(about["channels"])).permute(2, 0, 1))
    return [json.loads(about["classes"])[row] for row in network(torch.stack(images)).argmax(1)]


def classes_by_python(path, files):
    command = [sys.executable, "-I", str(path), *map(str, files)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split("\t")[1] for line in lines]


@pytest.mark.parametrize(
    ("kind", "classes"),
    [("onnx", classes_by_onnxruntime), ("pt2", classes_by_torch), ("py", classes_by_python)],
)
def test_an_exported_file_alone_tells_the_classes_that_predict_tells(
    kind, classes, model_folder, picture_folder, tmp_path
):
    files = sorted(picture_folder.rglob("*.*"))
    model = Model.load(model_folder)
    expected = [model.class_names[row] for row in model.predict(files).argmax(1)]
    written, cost = export_model(model_folder, kind, tmp_path / f"net.{kind}")
    assert written[0] == tmp_path / f"net.{kind}"
    assert cost.params == model.metrics["params"]
    assert classes(tmp_path / f"net.{kind}", files) == expected
    assert len(set(expected)) > 1
