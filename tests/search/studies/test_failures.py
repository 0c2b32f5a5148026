"""A search stops where its evaluations do nothing but fail."""

import pytest
from optuna.trial import TrialState, create_trial

from search.studies.failures import only_failures


def trials(states):
    made = {
        "+": {"value": 1.0},
        "p": {"state": TrialState.PRUNED},
        "r": {"state": TrialState.RUNNING},
        "g": {"state": TrialState.FAIL},  # given up, as where its worker died
    }
    return [create_trial(**made.get(one, {"state": TrialState.FAIL, "user_attrs": {"reason": one}})) for one in states]


@pytest.mark.parametrize(
    ("states", "reason"),
    [("", None), ("xy", None), ("+xyz", "z"), ("xyz+", None), ("xpyz", None), ("xyrzr", "z"), ("xygz", "z")],
)
def test_the_last_evaluations_in_a_row_count(states, reason):
    assert only_failures(trials(states), 3) == reason
