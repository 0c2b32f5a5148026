"""NAS-Bench-Macro's official file, made small."""

from __future__ import annotations

import json

import pytest
from broken_inputs import COUNTS, as_json

from archgraph import InputError, spaces
from archgraph.formats.macro import read_macro

MACRO = {
    "02012100": {"test_acc": [89.4, 89.1, 88.9], "mean_acc": 89.2, "std": 0.2, "params": 890666, "flops": 47327744},
    "11111221": {"test_acc": [92.1, 92.4, 92.3], "mean_acc": 92.3, "std": 0.1, "params": 2181386, "flops": 65012224},
}


def test_macros_file_is_read(tmp_path):
    (tmp_path / "m.json").write_text(json.dumps(MACRO))
    table = read_macro(tmp_path / "m.json")
    assert [spaces.get("macro").to_native(graph) for graph in table] == table.ids.tolist() == list(MACRO)
    assert table.metrics.iloc[1].to_dict() == {
        **{"test_run0": 92.1, "test_run1": 92.4, "test_run2": 92.3, "test_mean": 92.3, "test_std": 0.1},
        **{"params": 2181386, "flops": 65012224},
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "object of architecture codes"),
        ("{", "not valid JSON"),
        ('{"02012109": {}}', "architecture 0"),
        ('{"02012100": []}', "list `test_acc`"),
        ('{"02012100": {"mean_acc": "high"}}', "test_mean is not a finite number"),
        ('{"02012100": {"params": 1' + "0" * 400 + "}}", "params is not a finite number"),
        ('{"02012100": {"flops": NaN}}', "NaN is not a JSON number"),
    ],
)
def test_another_macro_file_is_refused(tmp_path, text, reason):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(InputError, match=reason):
        read_macro(tmp_path / "m.json")


@pytest.mark.parametrize("count", COUNTS)
def test_macro_files_with_odd_values_are_refused_or_read(survives, count):
    assert survives(read_macro, as_json(MACRO), "m.json", count) > count / 4
