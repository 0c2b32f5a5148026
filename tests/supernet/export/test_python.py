import numpy as np
import pytest
import torch
from PIL import Image

from supernet.export.deployment import Deployment
from supernet.export.files import export_network
from supernet.images.preprocessing import Preprocessing
from supernet.model.model import Model


@pytest.fixture(scope="module")
def exported(model_folder, tmp_path_factory):
    """The Python module of a model whose pictures may have 16 bits, and its preprocessing."""
    model, path = Model.load(model_folder), tmp_path_factory.mktemp("python") / "net.py"
    settings = model.preprocessing.to_dict() | {"scale": {"8 bits": 255, "16 bits": 4095}, "background": 128}
    form = Preprocessing.from_dict(settings)
    export_network(model.network(), "py", path, deployment=Deployment(model.class_names, form))
    scope = {"__name__": "net", "__file__": str(path)}
    exec(path.read_text(), scope)
    return scope, form


def test_the_module_says_its_classes_and_size(exported):
    scope, _ = exported
    assert (scope["CLASSES"], scope["SIZE"], scope["WHITE"]) == (["bird", "cat", "dog"], (16, 16), 4095)


@pytest.mark.parametrize("kind", ["colour", "grey", "palette", "transparent", "turned", "deep"])
def test_it_reads_pictures_as_they_were_trained_on(exported, kind, tmp_path):
    scope, form = exported
    values, file = np.random.default_rng(0).integers(0, 256, (20, 30, 4), dtype=np.uint8), tmp_path / "picture.png"
    made = Image.fromarray(values)
    if kind == "deep":
        made = Image.fromarray(values[..., 0].astype(np.uint16) * 16)
    elif kind == "palette":
        made = made.convert("RGB").quantize(16)
    elif kind != "transparent":
        made = made.convert("L" if kind == "grey" else "RGB")
    exif = Image.Exif()
    exif[0x112] = 6 if kind == "turned" else 1
    made.save(file, exif=exif)
    torch.testing.assert_close(scope["read"](file), form.unit(file), atol=1e-6, rtol=1e-6)
