"""Grammars: what derives nothing, or itself, is refused."""

import pytest

from archgraph.errors import InputError
from archgraph.spaces.grammar.reading import grammar_of


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"b": ["relu", "gelu"]}, "there is no rule a"),
        ({"a": ["relu", "gelu"], "b": ["ln"]}, "rule b is never used"),
        ({"a": [["relu", "a"], ["gelu", "a"]]}, "rule a derives nothing of at most 8 nodes"),
        ({"a": ["b", "relu"], "b": ["a", "gelu"]}, "derives itself and nothing else"),
        ({"a": ["relu"]}, "nothing can be chosen"),
    ],
)
def test_what_cannot_be_derived_from_is_refused(rules, reason):
    with pytest.raises(InputError, match=reason):
        grammar_of({"start": "a", "nodes": 10, "rules": rules})


def test_fewest_nodes_are_counted_through_repeats_and_joins():
    grammar = grammar_of(
        {
            "start": "a",
            "nodes": 20,
            "rules": {"a": [{"repeat": "b", "times": [3, 2]}], "b": [{"residual": ["relu", "c"]}], "c": ["gelu", "ln"]},
        }
    )
    assert grammar.least == {"a": 6, "b": 3, "c": 1, "a times": 0}
    assert grammar.last["a"] == {"sum"}
    assert set(grammar.operations) == {"input", "output", "sum", "relu", "gelu", "ln"}
    assert not grammar.is_open
