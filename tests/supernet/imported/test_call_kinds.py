"""What calls do with sides."""

import pytest
import torch

from supernet.imported.call_kinds import ALONG, LOOKS, NUMBERED, POINTWISE, REDUCTIONS
from supernet.imported.operators import OPERATORS


@pytest.mark.parametrize("names", [POINTWISE, LOOKS, REDUCTIONS, ALONG, NUMBERED], ids=len)
def test_these_are_calls_that_programs_make(names):
    assert set(names) <= OPERATORS["aten"]


def test_sides_are_said_where_torch_takes_them():
    for name, places in NUMBERED.items():
        packet = getattr(torch.ops.aten, name)
        every = [[a.name for a in getattr(packet, o)._schema.arguments] for o in packet.overloads()]
        fits = [names for names in every if all(names[at : at + 1] and names[at].startswith("dim") for at in places)]
        assert fits, name
