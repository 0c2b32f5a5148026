"""A study goes on under the settings it was begun with."""

import pytest

from archgraph import InputError
from archgraph.storages.study import open_study


def test_directions_are_two():
    with pytest.raises(InputError, match="minimize or maximize"):
        open_study(None, "s", {}, ["upwards"])


def test_metrics_have_their_names_in_optunas_own_tools():
    assert open_study(None, "s", {}, ["minimize", "maximize"], ["size", "acc"]).metric_names == ["size", "acc"]
