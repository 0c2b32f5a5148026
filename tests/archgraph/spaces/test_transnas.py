"""TransNAS-Bench-101, micro and macro."""

from pathlib import Path

import pandas as pd
import pytest

from archgraph import InputError
from archgraph.spaces import TransNASMacroSpace, TransNASMicroSpace
from archgraph.spaces.nasbench201 import simplified

MICRO, MACRO = TransNASMicroSpace(), TransNASMacroSpace()


def test_a_cell_is_read_from_the_official_string_and_from_its_digits() -> None:
    assert MICRO.from_native("64-41414-1_02_333") == MICRO.from_native("102333")
    assert MICRO.to_native(MICRO.from_native("102333")) == "64-41414-1_02_333"


def test_the_published_sizes() -> None:
    assert MICRO.size() == 4096
    assert MACRO.size() == 3256


@pytest.mark.parametrize("native", ["64-1111-basic", "64-2222-basic", "123", "1234123", "64-1534-basic"])
def test_a_network_outside_the_limits_is_refused(native: str) -> None:
    with pytest.raises(InputError, match="4 to 6 modules"):
        MACRO.from_native(native)


def test_networks_of_different_length_are_neighbors() -> None:
    natives = [MACRO.to_native(g) for g in MACRO.neighbors(MACRO.from_native("1234"))]
    assert "64-12341-basic" in natives
    assert "64-1134-basic" in natives
    assert "64-234-basic" not in natives


def test_cells_with_one_function_share_their_published_metrics(nasbench: Path) -> None:
    table = pd.read_parquet(nasbench / "transnas101_micro.parquet", columns=["arch", "class_object"])
    assert {MICRO.native(MICRO.parse(arch)) for arch in table.arch} == set(MICRO.enumerate().ids)
    # without a way from input to output nothing is learned: all such cells do alike
    dead = [simplified(MICRO.parse(arch)) in ("#", "#+#+#") for arch in table.arch]
    spread = table.class_object[dead].max() - table.class_object[dead].min()
    assert spread < 0.1 * (table.class_object.max() - table.class_object.min())
