"""What strategies that remember are told."""

import numpy as np

from search.fade.past import REMEMBERED, Past
from search.fade.ranked import Ranked
from supernet.hyper.ranks import FadeRanks


def test_the_last_steps_are_remembered_and_no_more():
    past = Past()
    for number in range(REMEMBERED + 3):
        ranks = FadeRanks([[np.array([0.25, 0.75])]])
        past = past.then(Ranked(np.array([[0, 1]]), [[f"a{number}", f"b{number}"]], ranks, 1.0))
    assert len(past.steps) == REMEMBERED
    assert past.steps[-1].names == [[f"a{REMEMBERED + 2}", f"b{REMEMBERED + 2}"]]
    np.testing.assert_allclose(np.exp(past.steps[0].logs[0]), [0.25, 0.75])
