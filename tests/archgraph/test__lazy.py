"""Public names of a package are loaded when they are used."""

import pytest

from archgraph import operation
from archgraph._lazy import lazy


def test_a_name_is_found_where_it_is_defined() -> None:
    load = lazy("archgraph", {"Operation": "archgraph.operation", "operation": "archgraph.operation"})
    assert load("Operation") is operation.Operation
    assert load("operation") is operation


def test_another_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'archgraph' has no attribute 'nothing'"):
        lazy("archgraph", {})("nothing")
