"""JSON in which each name stands once."""

from __future__ import annotations

import json

import pytest

from archgraph.persistence.plain_json import once_each, parse_json


def test_a_name_that_stands_twice_is_told():
    with pytest.raises(ValueError, match="'b' stands twice in one object"):
        json.loads('{"a": {"b": 1, "b": 2}}', object_pairs_hook=once_each)


def test_what_is_nested_too_deep_is_no_json():
    with pytest.raises(ValueError, match="nested too deep"):
        parse_json("[" * 200_000)
