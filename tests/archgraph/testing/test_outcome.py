"""A refusal is an `InputError` of one line; everything else is a defect."""

import pytest

from archgraph import ArchGraphError, GraphError, InputError
from archgraph.testing.outcome import outcome


def raising(error):
    def call():
        raise error

    return call


def test_a_value_or_a_refusal_comes_back():
    assert outcome(lambda: 3) == (3, "")
    assert outcome(raising(InputError("no file x"))) == (None, "no file x")
    assert outcome(raising(GraphError("a cycle"))) == (None, "a cycle")


def test_a_refusal_is_one_line_whatever_was_written():
    assert outcome(raising(InputError("two\nlines"))) == (None, r"two\nlines")


@pytest.mark.parametrize("text", ["", " "])
def test_a_refusal_that_nobody_can_read_is_none(text):
    with pytest.raises(AssertionError, match="a refusal"):
        outcome(raising(InputError(text)))


@pytest.mark.parametrize("error", [ArchGraphError("the work failed"), ValueError("x"), KeyError("x")])
def test_other_errors_go_on(error):
    with pytest.raises(type(error)):
        outcome(raising(error))
