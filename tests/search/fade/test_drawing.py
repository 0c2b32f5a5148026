"""The numbers of a step."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.fade.drawing import mirrored_noise, rank_utilities


@given(st.lists(st.floats(-50, 0), min_size=2, max_size=20, unique=True), st.floats(0.1, 10))
def test_utilities_depend_on_the_order_alone(scores, scale):
    scores = np.array(scores)
    utilities = rank_utilities(scores)
    np.testing.assert_array_equal(utilities, rank_utilities(np.argsort(np.argsort(scores)).astype(float)))
    assert utilities.sum() == pytest.approx(0, abs=1e-12)
    assert utilities[scores.argmax()] == utilities.max()


def test_noise_is_mirrored_so_that_its_mean_is_zero():
    noise = mirrored_noise((3, 6, 4), seed=0)
    np.testing.assert_allclose(noise.mean(axis=1), 0, atol=1e-15)
    assert not np.allclose(noise[0], noise[1])
