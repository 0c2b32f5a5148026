"""What holds for every objective that trains on images."""

import imported_networks as networks
import pytest
import torch

from archgraph import InputError, spaces
from search import TrainObjective
from search.objectives.trained import found_device
from search.objectives.tune import TuneObjective
from supernet.imported.space import from_module

SETTINGS = {"train_size": 64, "recipe": {"epochs": 1}}


@pytest.fixture(scope="module", params=["train", "tune"])
def read(request, tmp_path_factory):
    """Reads an objective of a kind from its text."""
    if request.param == "train":
        space = spaces.get("dag:1-3x2")
        return lambda text, **given: TrainObjective.read(text, space, {"width": 4, **SETTINGS, **given})
    space = from_module(networks.residual(), (1, 1, 8, 8), tmp_path_factory.mktemp("space") / "net.yaml")
    return lambda text, **given: TuneObjective.read(text, space, SETTINGS | given)


def test_it_knows_its_images_by_their_fingerprint_and_keeps_how_it_was_read(read):
    made = read("digits")
    assert made.fingerprint == made.images.fingerprint is not None
    assert dict(made.settings) == SETTINGS
    assert made.provenance["data"] == {"name": "digits", "size": None, "train_size": 64}


@pytest.mark.parametrize(
    ("text", "given", "message"),
    [
        ("digits,-size", {}, "minimises costs as in"),
        ("digits,-flops,-flops", {}, "a cost is minimised once"),
        ("digits", {"train_size": 10**6}, "train_size is at most 1077"),
        ("digits", {"limits": {"params": 1}}, "the least found has params"),
    ],
)
def test_what_makes_no_sense_is_refused(read, text, given, message):
    with pytest.raises(InputError, match=message):
        read(text, **given)


def test_a_device_is_found_by_its_name():
    assert found_device("cpu").type == "cpu"
    assert found_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="this machine has no usable device cuda"):
            found_device("cuda")
