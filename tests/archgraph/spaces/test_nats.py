"""NATS-Bench's size space."""

from __future__ import annotations

import numpy as np
import pytest

from archgraph import InputError, spaces

SPACE = spaces.get("nats:size")


def test_there_are_eight_widths_in_each_of_five_layers():
    assert SPACE.size() == 8**5 == 32_768
    assert SPACE.options == (8,) * 5


def test_the_native_form_lists_the_widths():
    for native in ("64:64:64:64:64", "8:16:24:32:40"):
        assert SPACE.to_native(SPACE.from_native(native)) == native
    assert SPACE.from_native("8:16:24:32:40").ops[1:-1] == (
        *("cell201-w8", "resblock-w16-s2", "cell201-w24", "resblock-w32-s2", "cell201-w40"),
    )


def test_neighbours_differ_in_the_width_of_one_layer():
    member = SPACE.from_native("8:16:24:32:40")
    natives = {SPACE.to_native(graph) for graph in SPACE.neighbors(member)}
    assert len(natives) == 5 * 7
    assert "8:16:64:32:40" in natives


@pytest.mark.parametrize(
    "native",
    ["", "64:64:64:64", "64:64:64:64:64:64", "64:64:64:64:65", "0:8:8:8:8", "a:8:8:8:8", "٨:8:8:8:8", "064:8:8:8:8"],
)
def test_other_widths_are_refused(native):
    with pytest.raises(InputError, match=r"64:64:64:64:64|has 8, 16, ... or 64 channels"):
        SPACE.from_native(native)


def test_the_topology_space_is_nasbench201():
    assert spaces.get("nats:topology").name == "nasbench201"
    assert spaces.get("nats").name == "nats:size"
    with pytest.raises(InputError, match="nats:size or nats:topology"):
        spaces.get("nats:depth")


def test_all_members_are_listed_in_the_order_of_their_codes():
    codes = np.array([[0, 0, 0, 0, 0], [7, 7, 7, 7, 7], [0, 0, 0, 1, 4]])
    assert SPACE.table(codes).space.tolist() == ["nats:size"] * 3
    assert SPACE.native(codes[2]) == "8:8:8:16:40"
