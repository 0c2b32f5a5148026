import pytest

from archgraph import spaces
from supernet.datasets import digits
from supernet.skeleton import Skeleton


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
