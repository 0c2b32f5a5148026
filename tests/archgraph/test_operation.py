"""One operation: what is checked, and its features."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from archgraph import InputError, Operation

BASE = Operation("test-grouped", "conv", kernel=5, groups=4, expansion=2.0, activation="pre", norm=True)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "sep_conv"},
        {"kernel": 3},
        {"dilation": 2},
        {"stride": 2},
        {"groups": 0},
        {"groups": 8},
        {"expansion": 3.0},
        {"activation": "post"},
        {"norm": False},
        {"name": "test-other"},
        {"kind": "message_passing"},
        {"numbers": {"heads": 8}},
    ],
    ids=str,
)
def test_every_property_shows_in_the_features(change):
    features = BASE.features()
    other = replace(BASE, **change).features()
    assert len(other) == len(features)
    assert other != features
    assert np.isfinite(other).all()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": ""}, "1 to 64 characters"),
        ({"name": "a b"}, "no space"),
        ({"kind": "Magic!"}, "kind is one of"),
        ({"activation": "both"}, "activation is one of"),
        ({"stride": 0}, "operation .*: stride is a whole number from 1, but got 0"),
        ({"name": "a\x1bb"}, "1 to 64 characters"),
        ({"numbers": {"heads": float("nan")}}, "finite numbers by name"),
        ({"numbers": dict.fromkeys(map(str, range(17)), 1)}, "at most 16"),
        ({"groups": -1}, "groups is a whole number from 0"),
    ],
)
def test_what_is_no_operation_is_refused(change, reason):
    with pytest.raises(InputError, match=reason):
        replace(BASE, **change)
