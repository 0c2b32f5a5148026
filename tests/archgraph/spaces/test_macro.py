"""NAS-Bench-Macro."""

from pathlib import Path

import pandas as pd

from archgraph import ArchGraph
from archgraph.spaces import MacroSpace

SPACE = MacroSpace()


def test_there_are_three_choices_in_each_of_eight_layers() -> None:
    assert SPACE.size() == 3**8 == 6561


def test_the_first_layer_of_a_stage_is_an_operation_with_stride_2() -> None:
    ops = SPACE.from_native("01201201").ops[1:-1]
    assert ["-s2" in name for name in ops] == [True, False, True, False, False, True, False, False]


def test_a_chain_with_a_stage_elsewhere_is_no_member() -> None:
    graph = SPACE.from_native("00000000")
    ops = [graph.ops[0], graph.ops[2], graph.ops[1], *graph.ops[3:]]
    assert ArchGraph(ops, graph.edges) not in SPACE


def test_every_published_code_is_a_member(nasbench: Path) -> None:
    codes = pd.read_parquet(nasbench / "nasbench_macro_c10.parquet", columns=["arch"]).arch
    assert set(codes) == set(SPACE.enumerate().ids)
    assert all(SPACE.to_native(SPACE.from_native(code)) == code for code in codes)
