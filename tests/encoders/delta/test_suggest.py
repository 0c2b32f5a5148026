import numpy as np
import pytest

from archgraph import InputError, spaces
from encoders.delta.suggest import suggest


def test_suggestions_are_unlabelled_neighbours_the_most_uncertain_first(predictor):
    found = suggest(predictor, spaces.get("nasbench101"), n=7, anchors=3)
    assert len(found) == 7
    assert (np.diff(found.metrics["std"]) <= 0).all()
    assert not set(found.hashes()) & set(predictor.anchors.hashes())


def test_a_number_of_none_is_refused(predictor):
    with pytest.raises(InputError, match="n is a whole number from 1"):
        suggest(predictor, spaces.get("nasbench101"), n=0)
