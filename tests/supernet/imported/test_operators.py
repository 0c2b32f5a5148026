"""What programs may call."""

from __future__ import annotations

import contextlib
import re

import pytest
import torch

from archgraph._compat import changes_its_arguments
from archgraph.errors import InputError
from supernet.imported.operators import NUMBERS, OPERATORS, WORDS, operator_of

STRANGE = (
    *("os.system", "eval", "aten", "aten.", "aten..", "aten.relu", "aten.relu.", "aten.relu.nothing", ""),
    *("prims.add.default", "image.read_file.default", "torchvision.read_file.default", "aten.nothing.default"),
    *(
        "aten.relu.__class__",
        "aten.relu._schema",
        "aten.relu.overloads",
        "aten.__class__.default",
        "aten.relu.default.x",
    ),
)
UNSAFE = (
    *("aten.from_file.default", "aten.save.default", "aten._print.default", "aten.warn.default", "aten.set.default"),
    *("aten.mul.left_t", "aten.add.t", "aten.add.str", "aten.copy.Dict_str", "aten.eq.str", "aten.index.str"),
    *("aten.empty.memory_format", "aten.empty_like.default", "aten.new_empty.default", "aten.pin_memory.default"),
    *("aten.relu_.default", "aten.copy_.default", "aten.add.out", "aten.resize.default", "aten.record_stream.default"),
    *(
        "aten._foobar.default",
        "aten._pin_memory.default",
        "aten._test_warn_in_autograd.default",
        "aten._foreach_add.List",
    ),
    *("aten._fused_adam.default", "aten._nested_tensor_size.default", "aten.to_mkldnn.default", "aten.cuda.default"),
)


@pytest.mark.parametrize("op", [*STRANGE, *UNSAFE])
def test_what_stands_not_in_the_list_is_not_called(op):
    with pytest.raises(InputError, match="a network calls no"):
        operator_of(op)


def overloads(name):
    """Those of an operator that programs may call."""
    found = []
    for overload in getattr(torch.ops.aten, name).overloads():
        with contextlib.suppress(InputError):
            found.append(operator_of(f"aten.{name}.{overload}"))
    return found


def test_what_stands_in_the_list_is_torchs_and_touches_nothing_else():
    for name in OPERATORS["aten"]:
        assert overloads(name), name
        for function in overloads(name):
            assert not changes_its_arguments(function), function
            for argument in function._schema.arguments:
                assert not re.search("Storage|Stream|Dict|Any|file", f"{argument.type} {argument.name}"), function


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *(("mul", ("a", 1 << 40)), ("mul", ([0], 1 << 40)), ("add", ([0], [1])), ("mod", ("%999999999d", 1))),
        *(("mul", (1 << 40, 1 << 40)), ("getitem", ("text", 0)), ("getitem", ([1], "0")), ("sym_sum", (["a", "b"],))),
        *(("add", (torch.ones(2), 1)), ("neg", (None,)), ("sym_int", ("12",))),
    ],
)
def test_functions_of_numbers_take_and_give_numbers(name, values):
    with pytest.raises((TypeError, OverflowError)):
        NUMBERS[name](*values)


def test_functions_of_numbers_compute():
    assert [NUMBERS[n](7, 2) for n in ("add", "sub", "mul", "floordiv", "truediv", "mod", "sym_max")] == [
        *(9, 5, 14, 3, 3.5, 1, 7)
    ]
    assert NUMBERS["sym_sum"]([1, 2, 3]) == 6
    assert NUMBERS["getitem"](["a", "b"], 1) == "b"


def test_words_are_torchs():
    for name in WORDS:
        assert isinstance(getattr(torch, name), torch.dtype | torch.layout | torch.memory_format)
