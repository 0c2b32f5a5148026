"""Settings of the outer search that make no sense are refused."""

import pytest

from archgraph import InputError
from search.fade.config import FadeConfig


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"elite": -1}, {"sigma": 0.0}, {"derived": 0}, {"rate": float("nan")}])
def test_a_number_that_makes_no_sense_is_refused_by_its_name(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        FadeConfig(strategy="gradient", **wrong)


def test_a_setting_of_another_strategy_is_refused():
    with pytest.raises(
        InputError, match=r"rate is a setting of the strategies gradient, but got rate 1\.0 and strategy"
    ):
        FadeConfig(strategy="evolution", rate=1.0)
    with pytest.raises(InputError, match="strategy is one of gradient, distribution, cmaes, evolution, delta, but got"):
        FadeConfig(strategy="descent")
