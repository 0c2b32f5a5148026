"""Shapes: no derivation of an accepted grammar joins values of different shapes."""

from fractions import Fraction

import pytest

from archgraph.errors import InputError
from archgraph.spaces.grammar.reading import grammar_of
from archgraph.spaces.grammar.shapes import effect_of, is_whole


def grammar(*alternatives, **rules):
    return grammar_of({"start": "start", "nodes": 20, "rules": {"start": list(alternatives), **rules}})


def test_an_operation_says_what_it_does_to_channels_and_sides():
    assert effect_of("conv3x3-s2-e2-bn-relu") == (2, 2)
    assert effect_of("linear-e0.25") == (Fraction(1, 4), 1)
    assert effect_of("tokenmlp-e2-gelu") == effect_of("mbconv3x3-e3") == (1, 1)
    assert effect_of("globalavgpool") == (1, 0)


@pytest.mark.parametrize(
    ("alternatives", "rules", "reason"),
    [
        ([{"residual": "conv1x1-e2"}, "relu"], {}, "rule start: branches of .* differ in shape: one has 2 times"),
        ([{"parallel": ["maxpool3x3-s2", "relu"]}, "relu"], {}, "sides through 2 and another has 1"),
        ([{"residual": "x"}, "relu"], {"x": ["conv1x1", "conv1x1-e2"]}, "does now this, now that"),
        ([{"parallel": ["relu", "conv3x3-s2"], "join": "concat"}, "relu"], {}, "differ in shape"),
        (["relu", "conv3x3-s2"], {}, "a cell keeps channels and sides"),
        ([["conv3x3", "globalavgpool"], "conv3x3"], {}, "ends with globalavgpool in every derivation"),
        ([["conv3x3", "globalavgpool", "globalavgpool"], ["conv3x3", "globalavgpool"]], {}, "nothing follows it"),
        ([["maxpool3x3", "globalavgpool"], ["conv3x3", "globalavgpool"]], {}, "begins with a convolution or linear"),
        ([[{"residual": "conv3x3"}, "globalavgpool"], ["conv3x3", "globalavgpool"]], {}, "begins with a convolution"),
        ([[{"residual": ["conv2x2-s2"]}], "relu"], {}, "differ in shape"),
        ([{"parallel": ["conv2x2-s2", "conv2x2-s2-bn"]}, "relu"], {}, "cuts an image into patches"),
        ([{"cell": {"0->1": "conv3x3-s2"}}, "relu"], {}, "edges of a cell keep channels"),
    ],
)
def test_branches_of_different_shapes_are_refused(alternatives, rules, reason):
    with pytest.raises(InputError, match=reason):
        grammar(*alternatives, **rules)


def test_branches_that_change_shapes_alike_are_accepted():
    down = {"parallel": [["conv3x3-s2-e2-bn-relu", "conv3x3-bn"], "conv1x1-s2-e2-bn"]}
    halves = {"parallel": ["conv1x1-e0.5", "conv3x3-e0.5"], "join": "concat"}
    made = grammar(["conv3x3", "body", "globalavgpool"], body=[[down, halves], [down, "body"]])
    assert is_whole(made)
    assert not is_whole(grammar(halves, "relu"))
