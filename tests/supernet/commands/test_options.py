from pathlib import Path

import pytest

from archgraph import InputError
from supernet.commands.options import image_shape, images_of, network_settings


def test_settings_of_a_network_are_numbers_by_name():
    assert network_settings(None) == {}
    assert network_settings(["channels=8", "cells=1"]) == {"channels": 8, "cells": 1}


@pytest.mark.parametrize("option", ["width", "=3", "width=-1", "width=1e3", "width=" + "9" * 10])
def test_other_settings_are_refused(option):
    with pytest.raises(InputError, match="written as in channels=8"):
        network_settings([option])


def test_a_shape_has_three_numbers():
    assert image_shape("3x32x28") == (3, 32, 28)
    for text in ("3x32", "3x32x", "x32x32", "3x32x99999"):
        with pytest.raises(InputError, match="written as 3x32x32"):
            image_shape(text)


def test_images_are_cut_to_those_asked_for():
    assert len(images_of("digits", Path("images"), False, None, 100).train) == 100
    with pytest.raises(InputError, match="at most 1077 with digits, but got 1078"):
        images_of("digits", Path("images"), False, None, 1078)
