"""Optuna's messages are as loud as before."""

import optuna
import pytest

from archgraph.storages.quiet import quiet_optuna


def failing():
    assert optuna.logging.get_verbosity() == optuna.logging.WARNING
    raise ZeroDivisionError


def test_optunas_messages_are_left_as_they_were():
    before = optuna.logging.get_verbosity()
    with pytest.raises(ZeroDivisionError), quiet_optuna():
        failing()
    assert optuna.logging.get_verbosity() == before
