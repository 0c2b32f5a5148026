"""Public names of a package are loaded when they are used."""

import subprocess
import sys

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


@pytest.mark.parametrize("package", ["archgraph", "encoders", "supernet", "search"])
def test_a_package_lists_its_names_before_it_loads_them(package):
    code = (
        f"import sys, {package} as p; names = dir(p); before = sorted({{'torch', 'numpy'}} & sys.modules.keys());"
        "print(before, sorted(set(p.__all__) - set(names)), hasattr(p, 'nonsense'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] [] False\n"
