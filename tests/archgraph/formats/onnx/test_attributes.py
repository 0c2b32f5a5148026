"""Kinds of the attributes of ONNX nodes."""

from types import SimpleNamespace

import pytest

from archgraph import InputError
from archgraph.formats.onnx.attributes import check_attributes


def node(**attributes):
    return SimpleNamespace(operator="Conv", attributes=attributes)


def test_attributes_of_the_standards_kinds_and_names_that_it_has_not_pass():
    check_attributes(node(pads=[0, 1], group=2, auto_pad="SAME_UPPER", min=0.5, of_ones_own=object()))


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"pads": 1}, "pads that is not a list of whole numbers"),
        ({"pads": [0.5]}, "pads that is not a list of whole numbers"),
        ({"group": "two"}, "group that is not a whole number"),
        ({"auto_pad": 3}, "auto_pad that is not a text"),
    ],
)
def test_an_attribute_of_another_kind_is_refused(attributes, said):
    with pytest.raises(InputError, match=f"Conv has an attribute {said}"):
        check_attributes(node(**attributes))
