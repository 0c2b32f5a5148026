"""The same cells ranked by several trainings."""

import numpy as np
from optuna.trial import create_trial

from search.fade.ranked import Ranked, pooled
from supernet.hyper.ranks import FadeRanks


def test_ranks_are_averaged_over_all_trainings_of_the_same_cells_and_of_no_others():
    ranks = [np.array([0.1, 0.2, 0.7]), np.array([0.5, 0.3, 0.2])]
    logs = [np.log(row).tolist() for row in ranks]
    trial = create_trial(value=1.0, user_attrs={"candidates": [["a", "b", "c"], ["d", "e", "f"]], "log_ranks": logs})
    names = [row[::-1] for row in trial.user_attrs["candidates"]]
    drawn = np.zeros((2, len(names[0])), dtype=np.intp)
    even = FadeRanks([[np.full(len(row), 1 / len(row)) for row in names]])
    both = pooled(Ranked(drawn, names, even, 0.0), [trial]).ranks
    for row, before in zip(both.cells, trial.user_attrs["log_ranks"], strict=True):
        np.testing.assert_allclose(np.exp(row), (np.exp(before[::-1]) + 1 / len(before)) / 2)
    others = [names[0], [*names[1][:-1], "another"]]
    for row, alone in zip(pooled(Ranked(drawn, others, even, 0.0), [trial]).ranks.cells, even.cells, strict=True):
        np.testing.assert_array_equal(row, alone)
