"""Rank tests are those of SciPy, corrected."""

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu, wilcoxon

from search.comparison.rank_tests import holm, rank_tests


def test_rank_tests_are_those_of_scipy_and_corrected():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        [
            {"problem": "p", "method": name, "seed": seed, "area": rng.normal(shift)}
            for name, shift in (("a", 0), ("b", 2), ("c", 2))
            for seed in range(20)
        ]
    )
    tests = rank_tests(frame)
    assert tests[["first", "second"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    x = {name: part["area"].to_numpy() for name, part in frame.groupby("method")}
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    for column, test in (("mann-whitney", mannwhitneyu), ("wilcoxon", wilcoxon)):
        raw = np.array([test(x[a], x[b]).pvalue for a, b in pairs])
        np.testing.assert_allclose(tests[column], holm(raw))
    assert tests["better"].tolist()[:2] == ["a", "a"]
    assert (tests["mann-whitney"][:2] < 1e-4).all()
    assert tests["mann-whitney"][2] > 0.05


def test_holm_of_known_values():
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, np.nan])), [0.03, 0.06, 0.06, np.nan])
