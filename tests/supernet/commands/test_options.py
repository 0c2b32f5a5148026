from pathlib import Path

import pytest

from archgraph import ArchTable, InputError
from archgraph.networks.choice import NetworkChoice
from supernet.commands.options import found_network, image_shape, images_of, network_choice, row_called

FOUND = {"kind": "rows", "settings": {"width": 4}}


def test_a_network_is_the_one_found_unless_options_say_otherwise():
    assert network_choice(None, None) == NetworkChoice()
    assert network_choice(None, ["channels=8", "cells=1"]) == NetworkChoice(settings={"channels": 8, "cells": 1})
    assert network_choice(None, None, FOUND) == NetworkChoice("rows", {"width": 4})
    assert network_choice(None, ["width=8"], FOUND) == NetworkChoice("rows", {"width": 8})
    assert network_choice("published", None, FOUND) == NetworkChoice()


def test_graphs_of_one_search_say_one_network(cells):
    def table(*networks):
        return ArchTable.from_graphs(cells[: len(networks)], meta=[n and {"network": n} for n in networks])

    assert found_network(table(None, None)) is None
    assert found_network(table(FOUND, FOUND)) == FOUND
    with pytest.raises(InputError, match="found in different networks; name one for all with --network"):
        found_network(table(FOUND, None))


def test_a_row_is_named_where_there_are_several(cells):
    table = ArchTable.from_graphs(cells[:2], ids=["a", "b"])
    assert row_called("b", table, Path("g")) == 1
    assert row_called(None, table[:1], Path("g")) == 0
    with pytest.raises(InputError, match="name one with --id: 'a', 'b'"):
        row_called(None, table, Path("g"))


@pytest.mark.parametrize("option", ["width", "=3", "width=-1", "width=1e3", "width=" + "9" * 10])
def test_other_settings_are_refused(option):
    with pytest.raises(InputError, match="--set is written as in channels=8"):
        network_choice(None, [option])


def test_a_shape_has_three_numbers():
    assert image_shape("3x32x28") == (3, 32, 28)
    for text in ("3x32", "3x32x", "x32x32", "3x32x99999"):
        with pytest.raises(InputError, match="written as 3x32x32"):
            image_shape(text)


def test_images_are_cut_to_those_asked_for():
    assert len(images_of("digits", Path("images"), False, None, 100).train) == 100
    with pytest.raises(InputError, match="at most 1077 with digits, but got 1078"):
        images_of("digits", Path("images"), False, None, 1078)
