"""The demo as one call."""

import json
from pathlib import Path

import torch
from small_demo import TINY

from search import run_demo


def test_it_gives_its_results_with_a_report_and_leaves_torchs_threads(tmp_path):
    before, stages = torch.get_num_threads(), set()
    torch.set_num_threads(2)
    try:
        found = run_demo(TINY, tmp_path / "demo", lambda stage, done, of: stages.add(stage))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert set(found["winners"]) == set(found["histories"]) <= stages
    assert Path(found["report"]).is_file()
    assert json.loads(json.dumps(found)).keys() == found.keys()
    assert run_demo(TINY, tmp_path / "demo") == found
