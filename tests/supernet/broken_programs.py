"""Programs that are wrong in places: operators, arguments, references and names stand where others do."""

from __future__ import annotations

import copy
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
    call = rng.choice(calls)
    if not isinstance(call, list) or len(call) < 4:
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
