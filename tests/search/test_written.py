"""What commands write of a search."""

import pytest

from archgraph import InputError
from search.written import read_settings, training_settings
from supernet.commands.options import network_choice


@pytest.mark.parametrize(("pair", "value"), [("a=3", 3), ("a=[x, 1.5]", ["x", 1.5]), ("a=true", True), ("a=", None)])
def test_settings_are_values_in_yaml(pair, value):
    assert read_settings([pair]) == {"a": value}


@pytest.mark.parametrize("pair", ["a", "=3", "a=["])
def test_a_setting_that_is_none_is_refused(pair):
    with pytest.raises(InputError, match="setting"):
        read_settings([pair])


def test_what_is_given_twice_is_refused_whatever_it_sets():
    with pytest.raises(InputError, match="'a' is given twice"):
        read_settings(["a=3", "b=1", "a=4"])
    with pytest.raises(InputError, match="'params' is given twice"):
        training_settings([], [], ["params=5k", "params=500k"])
    with pytest.raises(InputError, match="12 is given twice"):
        training_settings([], [], [], fidelities=["12=val_12", "012=val_13"])
    with pytest.raises(InputError, match="'channels' is given twice"):
        network_choice(None, ["channels=8", "channels=16"])


def test_epochs_of_a_fidelity_are_not_cut():
    with pytest.raises(InputError, match="EPOCHS=METRIC"):
        training_settings([], [], [], fidelities=["1234567890=val"])


def test_a_learning_rate_may_be_written_with_an_exponent():
    assert training_settings(["learning_rate=1e-3"], [], [])["recipe"] == {"learning_rate": 1e-3}
