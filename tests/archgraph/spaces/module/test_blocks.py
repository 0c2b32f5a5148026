"""Blocks of a network."""

import pytest

from archgraph.errors import InputError
from archgraph.spaces.module.blocks import Block


def test_an_operation_says_what_was_chosen():
    block = Block("layer1", {"depth": (2, 1), "inner": (32, 16), "activation": ("relu", "gelu")})
    assert list(block.operations) == [f"block:layer1-i{n}-{name}" for n in (32, 16) for name in ("relu", "gelu")]
    assert block.operations["block:layer1-i16-relu"] == {"inner": 16, "activation": "relu"}


@pytest.mark.parametrize(
    ("name", "choices", "said"),
    [
        ("a b", {}, "a block is named"),
        ("a", {"height": (1,)}, "not 'height'"),
        ("a", {"depth": (1, 1)}, "different values"),
        ("a", {"depth": (65,)}, "cannot be '65'"),
        ("a", {"width": (True,)}, "cannot be 'True'"),
        ("a", {"activation": ("tan",)}, "cannot be 'tan'"),
    ],
)
def test_what_makes_no_block_is_refused(name, choices, said):
    with pytest.raises(InputError, match=said):
        Block(name, choices)
