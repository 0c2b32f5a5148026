"""Programs in files."""

from __future__ import annotations

import json

import pytest

from archgraph.errors import InputError
from supernet.imported.network import ImportedNetwork
from supernet.imported.program_json import from_json, to_json


def test_a_program_goes_through_json(case):
    described = json.loads(json.dumps(to_json(case.program)))
    assert to_json(from_json(described)) == to_json(case.program)
    assert case.error(ImportedNetwork(from_json(described), case.state)) == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.pop("calls"),
        lambda d: d.update(calls=[["a", "aten.relu.default", [{"ref": "nowhere"}], {}]]),
        lambda d: d.update(calls=[["a", "aten.relu.default"]]),
        lambda d: d.update(inputs={"x": "-1"}),
        lambda d: d.update(inputs=[1]),
        lambda d: d["calls"].insert(0, ["a", "aten.relu.default", [{"torch": "load"}], {}]),
        lambda d: d["calls"].insert(0, ["a", "aten.zeros.default", [[2]], {"device": "cpu"}]),
        lambda d: d["calls"].insert(0, ["a", "aten.zeros.default", [[2], None, None, "cpu"], {}]),
        lambda d: d["calls"].insert(0, ["a", "aten.sum.dim_IntList", [{"ref": "x"}], {"dim": [1]}]),
        lambda d: d["calls"].insert(0, ["a", "aten.relu.default", [{"ref": "x"}], {"x=1)#": 1}]),
        lambda d: d["calls"].insert(0, ["a\nimport os", "aten.zeros.default", [[2]], {}]),
        lambda d: d["calls"].insert(0, ["a", "aten.zeros.default", [[2]], {"dtype": {"torch": "quint8"}}]),
        lambda d: d["calls"].insert(0, ["a", "aten.relu.default", [{"ref": "$w\nimport os"}], {}]),
    ],
)
def test_a_damaged_description_is_refused_in_one_line(case, damage):
    described = json.loads(json.dumps(to_json(case.program)))
    damage(described)
    with pytest.raises(InputError) as refused:
        from_json(described)
    assert "\n" not in str(refused.value)
