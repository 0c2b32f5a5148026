"""Places that can change."""

from __future__ import annotations

import pytest

from archgraph.errors import InputError
from archgraph.formats.traced.program import ExampleInput
from supernet.imported.places import Layout
from supernet.imported.program import program_of


def test_what_the_network_has_is_proposed_first(case):
    for place in case.layout.places.values():
        assert place.proposed()[0] == place.now
        for value in place.proposed():
            place.check(value)


def test_a_value_that_makes_no_sense_is_refused_in_one_line(cases):
    places = cases["residual"].layout.places
    for name, value in (("3.depth", -1), ("3.kernel", 4), ("3.inner", "many"), ("3.activation", "sin"), ("0.width", 0)):
        with pytest.raises(InputError, match=name) as refused:
            places[name].check(value)
        assert "\n" not in str(refused.value)


def test_a_network_of_two_inputs_is_refused():
    import torch

    class Two(torch.nn.Module):
        def forward(self, x, y):
            return x + y

    program, state = program_of(Two(), [ExampleInput((2, 4)), ExampleInput((2, 4))])
    with pytest.raises(InputError, match="one input"):
        Layout(program, state)
