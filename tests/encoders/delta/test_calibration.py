import numpy as np
import pytest

from encoders.delta.calibration import calibration


@pytest.mark.parametrize("wide", [0.5, 1.0, 3.0])
def test_deviations_of_a_normal_law_are_made_as_wide_as_its_errors(wide):
    rng = np.random.default_rng(0)
    assert calibration(wide * rng.normal(size=4000), np.zeros(4000), lambda f: np.full(4000, f)) == pytest.approx(
        wide, rel=0.06
    )


def test_a_few_errors_that_are_far_out_do_not_widen_all():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=1000)
    truth[:5] *= 1000
    assert calibration(truth, np.zeros(1000), lambda f: np.full(1000, f)) < 1.2
