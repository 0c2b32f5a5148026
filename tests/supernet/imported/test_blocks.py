"""Blocks: what is alike, and what makes a copy pass on what it reads."""

from __future__ import annotations

from supernet.imported.blocks import silencing


def test_blocks_that_are_alike_are_one_stage(cases):
    found = {name: [(s.name, len(s.blocks)) for s in case.layout.stages] for name, case in cases.items()}
    assert ("3", 2) in found["residual"]
    assert ("4", 1) in found["residual"]
    assert ("blocks", 2) in found["tokens"]
    assert max(count for _, count in found["scaled"]) == 2


def test_stages_hold_each_call_on_the_way_once(case):
    names = [call.name for stage in case.layout.stages for block in stage.blocks for call in block.calls]
    assert len(names) == len(set(names))
    for before, after in zip(case.layout.stages, case.layout.stages[1:], strict=False):
        assert before.blocks[-1].exit == after.blocks[0].entry


def test_the_last_layers_of_a_block_silence_it(cases):
    for name, last in (("residual", {"bn2.weight", "bn2.bias"}), ("scaled", {"gamma"})):
        case = cases[name]
        [stage] = [stage for stage in case.layout.stages if len(stage.blocks) == 2]
        found = silencing(case.program, stage.blocks[-1])
        assert {
            ".".join(weight.split(".")[-len(part.split(".")) :])
            for weight in found
            for part in last
            if weight.endswith(part)
        } == last
        assert len(found) == len(last)
