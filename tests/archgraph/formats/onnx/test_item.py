"""What a node does follows from what is known of the values that it reads."""

import numpy as np
import pytest

from archgraph.formats.onnx.item import Item, channels, is_bias, keeps
from archgraph.formats.onnx.known import Known


def layer(shape, readers=1):
    return Item("layer", Known(shape), varies=True, channels=channels("Conv", Known(shape)), readers=readers)


def weight(shape):
    return Item("weight", Known(shape), leaf="weight")


def test_channels_are_the_second_side_of_a_convolution_and_the_last_of_a_product():
    assert channels("Conv", Known((2, 8, 4, 4))) == 8
    assert channels("MatMul", Known((2, 5, 16))) == 16
    assert channels("MatMul", Known((None, None))) == 0
    assert channels("Conv", Known(None)) == 0


@pytest.mark.parametrize(
    ("added", "shape", "readers", "found"),
    [
        ((8, 1, 1), (2, 8, 4, 4), 1, True),
        ((1, 8, 1, 1), (2, 8, 4, 4), 1, True),
        ((4,), (2, 8, 4, 4), 1, False),  # a number for each column
        ((8, 1, 1), (2, 8, 4, 4), 2, False),  # somebody else reads the layer as it is
        ((8, 4, 4), (2, 8, 4, 4), 1, False),  # a number for each place
        ((1,), (2, 8, 4, 4), 1, False),
    ],
)
def test_an_addition_is_a_bias_where_it_has_a_number_for_each_channel_of_a_layer(added, shape, readers, found):
    assert is_bias([layer(shape, readers), weight(added)]) is found
    assert is_bias([weight(added), layer(shape, readers)]) is found


def test_two_layers_added_are_no_bias():
    assert not is_bias([layer((2, 8, 4, 4)), layer((2, 8, 4, 4))])


def test_a_node_keeps_what_has_the_size_asked_for():
    data, same = Item("x", Known((2, 8))), Item("asked", Known.of(np.array([2, 8])))
    assert keeps([data, same], Known((2, 8)))
    assert not keeps([data, same], Known((4, 8)))
    free = Item("x", Known((None, 8)))
    assert not keeps([free, same], Known((None, 8)))
    assert keeps([free, Item("asked", Known.of(np.array([1, 1])))], Known((None, 8)))
