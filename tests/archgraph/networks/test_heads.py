"""Stems and heads."""

from archgraph.networks.blueprint import Blueprint
from archgraph.networks.heads import classifier, conv_norm, relu_conv_norm, stem
from archgraph.networks.steps import RELU, conv, norm


def test_a_stem_and_a_classifier_make_a_network():
    made = Blueprint((3, 8, 6))
    x = stem(made, 4, RELU)
    made.output = classifier(made, x, 5)
    assert [layer.name for layer in made.layers] == ["image", "stem", "head"]
    assert made.layers[1].steps == (conv(3, 4, 3), norm(4), RELU)
    assert made.shapes[made.output] == (5, 1, 1)
    assert made.cost.params == 27 * 4 + 8 + 25


def test_without_classes_there_is_no_head_but_what_comes_before_it():
    made = Blueprint((3, 8, 6))
    assert classifier(made, 0, 0) == 0
    last = classifier(made, 0, 0, norm(3), RELU)
    assert made.layers[last].name == "last"
    assert made.shapes[last] == (3, 8, 6)


def test_convolutions_come_with_their_norms():
    assert conv_norm(3, 4, 5, 2) == [conv(3, 4, 5, 2), norm(4)]
    assert relu_conv_norm(3, 4) == [RELU, conv(3, 4), norm(4)]
