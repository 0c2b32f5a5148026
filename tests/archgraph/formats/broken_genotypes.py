"""Texts that look like genotypes and are wrong in places: names, numbers, brackets, fields, ways of writing them."""

from __future__ import annotations

import random
from typing import Any

from broken_inputs import ODD, Make, changed, cut_or_flip

OPERATIONS = (
    *("sep_conv_3x3", "sep_conv_7x7", "dil_conv_5x5", "max_pool_3x3", "avg_pool_99x99", "skip_connect", "none"),
    *("conv_7x1_1x7", "conv_1x1", "nor_conv_0x0", "sep_conv_3x5", "relu", "sep_conv_" + "9" * 5000, ""),
)
_FIELDS = ("normal", "normal_concat", "reduce", "reduce_concat")
_CALLS = ("range(2, 6)", "range(0, 10**9)", "range(-1)", "range()", "list(range(2, 6))", "list(list(range(2, 6)))")
_CALLS += (
    "range(2, 6, 0)",
    "open('x')",
    "[2, *[3]]",
    "{2, 3}",
    "{[1]: 2}",
    "1" * 5000,
    "(" * 300 + ")" * 300,
    "-" * 3000 + "1",
)
_KEYS = ("normal", "reduce", "name", "[1]", "{}", "1", "None", "f''", "lambda: 1", "normal_concat")


def texts() -> Make:
    """Such texts, as `survives` takes them."""

    def make(rng: random.Random) -> bytes:
        text = "\n".join(_one(rng) for _ in range(rng.choice((1, 1, 2, 5))))
        data = text.encode("utf-8", "replace")
        return cut_or_flip(data)(rng) if rng.random() < 0.2 else data

    return make


def _one(rng: random.Random) -> str:
    whole = {field: _cell(rng) if "_" not in field else list(range(2, 6)) for field in _FIELDS}
    damaged = changed(whole)(rng) if rng.random() < 0.4 else whole
    given = {str(field): _written(value, rng) for field, value in damaged.items()}
    if rng.random() < 0.1:
        given[rng.choice(_KEYS)] = rng.choice(_CALLS)
    name = rng.choice(("A = ", "", "# A = ", "class ", "x['A'] = ", "'a b': ", "INFO 12:00 genotype = ", "é = "))
    way = rng.randrange(5)
    if way == 0:
        return name + "{" + ", ".join(f"{rng.choice((repr(f), repr(f), f))}: {v}" for f, v in given.items()) + "}"
    if way == 1:
        return f"{name}dict({', '.join(f'{field}={value}' for field, value in given.items())})"
    if way == 2:
        return f"{name}Genotype({', '.join(given.values())})"
    shuffled = rng.sample(list(given.items()), len(given)) if way == 3 else list(given.items())
    return f"{name}genotypes.Genotype({', '.join(f'{field}={value}' for field, value in shuffled)})"


def _cell(rng: random.Random) -> Any:
    count = rng.choice((2, 8, 8, 8, 8, 8, 10, 40))
    names = OPERATIONS[:4] if rng.random() < 0.8 else OPERATIONS
    pairs = [(rng.choice(names), rng.randrange(-(rng.random() < 0.05), 2 + i // 2)) for i in range(count)]
    return [pairs[i : i + 2] for i in range(0, count, 2)] if rng.random() < 0.3 else pairs


def _written(value: Any, rng: random.Random) -> str:
    if rng.random() < 0.03:
        return rng.choice(_CALLS)
    return repr(rng.choice(ODD)) if rng.random() < 0.02 else repr(value)
