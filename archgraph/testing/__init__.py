"""The contracts of what can be added, as suites of tests to inherit; one file a kind.

    from archgraph.testing import SpaceContract

    class TestMySpace(SpaceContract):
        def make(self):
            return MySpace()

pytest then runs every test of the suite on the space. Nothing else in the house needs pytest. What the suites are run
on in this repository: what it ships, and the examples in `data/examples`.
"""

from typing import TYPE_CHECKING

import pytest

from archgraph._lazy import lazy

if TYPE_CHECKING:
    from archgraph.testing.formats import FormatContract
    from archgraph.testing.layers import LayerContract
    from archgraph.testing.methods import MethodContract
    from archgraph.testing.objectives import ObjectiveContract
    from archgraph.testing.operations import OperationContract
    from archgraph.testing.spaces import SpaceContract
    from archgraph.testing.storages import StorageContract

__all__ = [
    "FormatContract",
    "LayerContract",
    "MethodContract",
    "ObjectiveContract",
    "OperationContract",
    "SpaceContract",
    "StorageContract",
]

_MODULES = {
    "FormatContract": "archgraph.testing.formats",
    "LayerContract": "archgraph.testing.layers",
    "MethodContract": "archgraph.testing.methods",
    "ObjectiveContract": "archgraph.testing.objectives",
    "OperationContract": "archgraph.testing.operations",
    "SpaceContract": "archgraph.testing.spaces",
    "StorageContract": "archgraph.testing.storages",
}
pytest.register_assert_rewrite(*_MODULES.values(), "archgraph.testing.outcome")  # so that a failure shows its values

__getattr__ = lazy(__name__, _MODULES)


def __dir__() -> list[str]:
    return __all__
