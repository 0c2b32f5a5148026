"""Public names of a package are loaded when they are used."""

import subprocess
import sys

import pytest

from archgraph._lazy import lazy


def test_a_name_is_loaded_from_the_module_that_defines_it():
    load = lazy("mine", {"OrderedDict": "collections", "abc": "collections.abc"})
    import collections

    assert load("OrderedDict") is collections.OrderedDict
    with pytest.raises(AttributeError, match=r"module 'mine' has no attribute 'other'"):
        load("other")


def test_a_name_that_is_a_module_of_the_package_stands_for_it():
    import collections.abc

    assert lazy("collections", {"abc": "collections.abc"})("abc") is collections.abc


@pytest.mark.parametrize("package", ["archgraph", "encoders", "supernet", "search"])
def test_a_package_lists_its_names_before_it_loads_them(package):
    code = (
        f"import sys, {package} as p; names = dir(p); before = sorted({{'torch', 'numpy'}} & sys.modules.keys());"
        "print(before, sorted(set(p.__all__) - set(names)), hasattr(p, 'nonsense'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[] [] False\n"
