"""Programs that are wrong in places: operators, arguments, references and names stand where others do."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

OPERATORS = (
    *("aten.relu.default", "aten.add.Tensor", "aten.cat.default", "aten.view.default", "aten.permute.default"),
    *("aten.full.default", "aten.arange.default", "aten.expand.default", "aten.unbind.int", "aten.split.Tensor"),
    *("aten.repeat_interleave.self_int", "aten.conv2d.default", "aten.linear.default", "aten.sym_size.int", "getitem"),
    *("aten.index.Tensor", "aten.select.int", "aten.sum.dim_IntList", "mul", "floordiv", "sym_max", "os.system", "x"),
)
VALUES = (
    *(None, True, -1, 0, 1, 2, 3, 1 << 20, 1 << 40, 1 << 70, 0.5, float("nan"), "", "a" * 3000, [], [[1]], [1 << 40]),
    *({"torch": "float32"}, {"torch": "load"}, {"device": ""}, {"ref": 3}, {"ref": "x"}, {"other": "y"}, {}, [2, 3]),
)


def damaged(valid: dict[str, Any]) -> Callable[[random.Random], dict[str, Any]]:
    """Descriptions with other operators, arguments, references, names and calls in some places."""

    def make(rng: random.Random) -> dict[str, Any]:
        described = copy.deepcopy(valid)
        for _ in range(rng.choice((1, 1, 2, 4))):
            _damage(described, rng)
        return described

    return make


def _damage(described: dict[str, Any], rng: random.Random) -> None:
    calls = described.get("calls")
    if rng.random() < 0.15 or not isinstance(calls, list) or not calls:
        described[rng.choice(("inputs", "outputs", "trainable", "any_batch", "calls"))] = copy.deepcopy(
            rng.choice(VALUES)
        )
        return
    if rng.random() < 0.6:
        _quietly(described, rng)
        return
    call = rng.choice(calls)
    if not _is_call(call):
        return
    names = [other[0] for other in calls if isinstance(other, list) and other]
    way = rng.randrange(7)
    if way == 0:
        call[1] = rng.choice(OPERATORS)
    elif way == 1 and isinstance(call[2], list) and call[2]:
        call[2][rng.randrange(len(call[2]))] = copy.deepcopy(rng.choice(VALUES))
    elif way == 2 and isinstance(call[2], list) and call[2]:
        call[2][rng.randrange(len(call[2]))] = {"ref": rng.choice(names)}
    elif way == 3:
        call[3] = {rng.choice(("device", "dim", "dtype", "alpha")): copy.deepcopy(rng.choice(VALUES))}
    elif way == 4:
        calls.remove(call)
    elif way == 5:
        calls.insert(rng.randrange(len(calls)), copy.deepcopy(call))
    else:
        call[rng.randrange(4)] = copy.deepcopy(rng.choice(VALUES))


def _is_call(call: Any) -> bool:
    return isinstance(call, list) and len(call) == 4 and isinstance(call[2], list) and isinstance(call[3], dict)


def _quietly(described: dict[str, Any], rng: random.Random) -> None:
    """A change after which shapes often still fit, so that it is met further on: by what finds blocks and widths."""
    calls = [call for call in described["calls"] if _is_call(call)]
    places = [(call, at) for call in calls for at, arg in enumerate(call[2]) if isinstance(arg, dict) and "ref" in arg]
    if not places:
        return
    call, at = rng.choice(places)
    taken = call[2][at]["ref"]
    alike = [o[2][i]["ref"] for o, i in places if (o[1], i) == (call[1], at)]
    other, way = rng.choice(alike), rng.randrange(8)
    if way == 0:
        call[2][at] = {"ref": other}
    elif way == 1:  # something between
        made = f"between{rng.randrange(1 << 30)}"
        one = {"ref": str(taken)}
        options = [["aten.relu.default", [one]], ["aten.add.Tensor", [one, one]], ["aten.mul.Tensor", [one, 2]]]
        options += [["aten.clone.default", [one]], ["aten.neg.default", [one]], ["aten.transpose.int", [one, 0, 1]]]
        described["calls"].insert(calls.index(call), [made, *rng.choice(options), {}])
        call[2][at] = {"ref": made}
    elif way == 2:  # an argument by its name
        name = {0: "input", 1: "weight", 2: "bias"}.get(at, "other")
        call[3][name] = call[2].pop(at)
    elif way == 3:
        described["outputs"] = [rng.choice([other[0] for other in calls])]
    elif way == 4 and isinstance(described["trainable"], list) and described["trainable"]:
        described["trainable"].pop(rng.randrange(len(described["trainable"])))
    elif way == 5:  # a call or a weight with another name everywhere
        old, new = (
            str(taken),
            f"{'$' * str(taken).startswith('$')}{rng.choice(('', '.', 'a b', 'é', '@1', 'x.y#0', '0'))}",
        )
        text = json.dumps(described).replace(json.dumps(old), json.dumps(new))
        described.clear()
        described.update(json.loads(text))
    elif way == 6:
        del call[2][rng.randrange(at + 1, len(call[2]) + 1) :]
    else:
        described["calls"].append([f"more{rng.randrange(1 << 30)}", call[1], copy.deepcopy(call[2]), dict(call[3])])
