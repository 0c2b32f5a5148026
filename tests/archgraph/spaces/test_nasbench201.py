"""NAS-Bench-201: official string and functional simplification."""

from pathlib import Path

import pandas as pd
import pytest

from archgraph import InputError
from archgraph.spaces import NASBench201Space
from archgraph.spaces.nasbench201 import simplified

SPACE = NASBench201Space()
NONE, SKIP, CONV1, CONV3, POOL = range(5)


def test_the_official_string_lists_edges_by_target() -> None:
    code = (CONV3, NONE, SKIP, POOL, CONV1, CONV3)
    native = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3~2|"
    assert SPACE.native(code) == native
    assert SPACE.parse(native) == code


def test_a_none_edge_keeps_its_node_so_that_nothing_is_lost() -> None:
    graph = SPACE.decode((NONE,) * 6)
    assert graph.ops.count("zero") == 6
    assert SPACE.encode(graph) == (NONE,) * 6


def test_a_string_of_another_space_is_refused() -> None:
    with pytest.raises(InputError, match="is written like"):
        SPACE.from_native("|nor_conv_3x3~0|+|none~0|skip_connect~1|")


def test_zero_absorbs_what_leaves_it() -> None:
    assert simplified((NONE, NONE, CONV3, CONV1, CONV3, NONE)) == simplified((NONE, NONE, POOL, CONV1, CONV1, NONE))


def test_skips_vanish() -> None:
    through_skip = simplified((SKIP, NONE, NONE, NONE, CONV3, NONE))
    directly = simplified((NONE, NONE, NONE, CONV3, NONE, NONE))
    assert through_skip == directly


def test_different_functions_keep_different_texts() -> None:
    assert simplified((CONV3, NONE, NONE, NONE, SKIP, NONE)) != simplified((CONV1, NONE, NONE, NONE, SKIP, NONE))


def test_the_whole_space_has_6466_different_texts() -> None:
    assert len({simplified(tuple(code)) for code in SPACE.codes().tolist()}) == 6466


def test_simplification_groups_are_the_published_ones(nasbench: Path) -> None:
    table = pd.read_parquet(nasbench / "nb201.parquet", columns=["arch_str", "iso_id"])
    texts = [simplified(SPACE.parse(native)) for native in table.arch_str]
    pairs = set(zip(texts, table.iso_id, strict=True))
    assert len(pairs) == len(set(texts)) == table.iso_id.nunique() == 6466


def test_every_published_string_returns_unchanged(nasbench: Path) -> None:
    natives = pd.read_parquet(nasbench / "nb201.parquet", columns=["arch_str"]).arch_str
    assert all(SPACE.native(SPACE.parse(native)) == native for native in natives)
