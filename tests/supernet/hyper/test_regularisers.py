from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from supernet.hyper.regularisers import concentration, factors, penalty


@pytest.mark.parametrize("kind", ["independent", "dependent"])
def test_factors_fall_from_1_to_minus_1(kind):
    assert factors(kind, 0.0, 3) == [1.0, 1.0, 1.0]
    assert factors(kind, 1.0, 3) == [-1.0, -1.0, -1.0]


@given(st.floats(0.01, 0.99))
def test_independent_factors_are_one_straight_line_and_dependent_ones_lie_around_it(time):
    straight = factors("independent", time, 3)
    assert straight == [pytest.approx(1 - 2 * time)] * 3
    first, middle, last = factors("dependent", time, 3)
    assert first < middle < last
    assert middle == pytest.approx(straight[0])


@given(st.floats(0, 1), st.floats(0, 1))
def test_every_factor_falls_with_time(a, b):
    early, late = (factors("dependent", t, 4) for t in sorted((a, b)))
    assert all(x >= y for x, y in zip(early, late, strict=True))


def test_concentration_is_0_for_equal_weights_and_1_for_a_single_cell():
    values = [concentration(torch.tensor([scale, 0.0, 0.0])).item() for scale in (0.0, 1.0, 3.0, 50.0)]
    assert values[0] == pytest.approx(0, abs=1e-6)
    assert values[-1] == pytest.approx(1, abs=1e-6)
    assert all(a < b for a, b in pairwise(values))
    assert concentration(torch.tensor([3.0])).item() == 0


def test_the_penalty_first_evens_out_and_last_drives_to_decide():
    for time, sign in ((0.0, 1), (1.0, -1)):
        alpha = torch.tensor([1.0, 0.0], requires_grad=True)
        penalty([alpha], "independent", time).backward()
        assert sign * alpha.grad[0] > 0
    assert penalty([torch.tensor([1.0, 0.0])], "none", 0.5).item() == 0
