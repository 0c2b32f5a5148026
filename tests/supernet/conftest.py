import numpy as np
import pytest
import torch
from picture_files import write_classes_of_sizes
from small_fits import SHORT, SMALL_TASK
from small_networks import SMALL

from archgraph import spaces
from archgraph.networks.registry import blueprint
from archgraph.networks.skeleton import Skeleton
from supernet.images.datasets import digits, load_images
from supernet.standalone.fit import fit


@pytest.fixture(scope="session")
def small_digits():
    return digits().limit_train(128)


@pytest.fixture(scope="session")
def cells():
    space = spaces.get("dag")
    return [space.from_native(native) for native in ("1:", "2:0-1", "3:0-1,0-2", "4:0-1,1-2,2-3", "4:0-3,1-3")]


@pytest.fixture(scope="session")
def skeleton():
    return Skeleton((1, 8, 8), 10, (4, 8), (2, 2))


@pytest.fixture(params=SMALL)
def small_networks(request):
    """Three random members of a space in a small network, as blueprints."""
    graphs = spaces.get(request.param).sample(3, np.random.default_rng(0))
    return [blueprint(graph, request.param, (3, 16, 16), 5, **SMALL[request.param]) for graph in graphs]


@pytest.fixture(scope="session")
def device():
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    return torch.device("cuda")


@pytest.fixture(scope="session")
def picture_folder(tmp_path_factory):
    """Three classes of pictures of several sizes, 36 in all."""
    return write_classes_of_sizes(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory, picture_folder):
    """A model that was trained on them."""
    folder = tmp_path_factory.mktemp("models") / "model"
    fit(SMALL_TASK, load_images(f"folder:{picture_folder}", size=16), SHORT, folder)
    return folder
