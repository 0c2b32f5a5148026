import numpy as np
import pytest
import torch
from small_networks import SMALL

from archgraph import spaces
from archgraph.networks.registry import blueprint
from archgraph.networks.skeleton import Skeleton
from supernet.images.datasets import digits


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
