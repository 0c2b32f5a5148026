"""Methods by name."""

import pytest

from archgraph import InputError, spaces
from search.methods import make


def test_methods_are_known_by_name_and_settings():
    with pytest.raises(InputError, match="unknown method 'best'; choose from random, evolution"):
        make("best", spaces.get("dag"))
    with pytest.raises(InputError, match=r"no setting 'size'; known are population \(a whole number\), sample"):
        make("evolution", spaces.get("dag"), settings={"size": 3})
    assert make("evolution", spaces.get("dag"), settings={"population": 6}).population == 6


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        ("tpe", {"n": 3}, "method tpe has no setting 'n'; known are most"),
        ("evolution", {"population": "x"}, "method evolution: population is a whole number, but got 'x'"),
        ("evolution", {"population": True}, "population is a whole number"),
        ("evolution", {"population": 3}, "a sample of 1 to the population's 3, but got 5"),
        ("global", {"start": 0}, "start is a whole number from 2, but got 0"),
        ("global", {"block": "names"}, "sees physics or statistics, but got 'names'"),
        ("delta", {"parents": 0}, "parents is a whole number from 1, but got 0"),
        ("delta", {"blocks": []}, "blocks is a list of features"),
        ("delta", {"blocks": ["names"]}, "blocks is a list, each one of physics, statistics"),
        ("delta", {"predictor": 3}, "predictor is a path"),
    ],
)
def test_settings_that_make_no_sense_are_said(method, settings, message):
    with pytest.raises(InputError, match=message):
        make(method, spaces.get("dag"), settings=settings)
