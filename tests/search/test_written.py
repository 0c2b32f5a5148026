"""What commands write of a search."""

import pytest

from archgraph import InputError
from search.written import read_settings


@pytest.mark.parametrize(("pair", "value"), [("a=3", 3), ("a=[x, 1.5]", ["x", 1.5]), ("a=true", True), ("a=", None)])
def test_settings_are_values_in_yaml(pair, value):
    assert read_settings([pair]) == {"a": value}


@pytest.mark.parametrize("pair", ["a", "=3", "a=["])
def test_a_setting_that_is_none_is_refused(pair):
    with pytest.raises(InputError, match="setting"):
        read_settings([pair])
