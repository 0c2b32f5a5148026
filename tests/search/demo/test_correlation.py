import numpy as np
import pytest

from archgraph import spaces
from search.demo.correlation import agreement, convolutions, depth


def test_a_perfect_score_correlates_fully_and_its_opposite_not():
    truth = np.array([[0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4]])
    table = agreement({"same": truth[0], "opposite": -truth[0]}, truth).set_index("score")
    assert table.loc["same"].tolist() == pytest.approx([1, 1])
    assert table.loc["opposite"].tolist() == pytest.approx([-1, -1])
    assert table.loc["ceiling: one seed against another", "spearman"] == pytest.approx(1)


def test_the_ceiling_lies_between_one_pair_of_seeds_and_one():
    rng = np.random.default_rng(0)
    signal = rng.standard_normal(200)
    truth = signal + rng.standard_normal((3, 200))
    table = agreement({"signal": signal}, truth)
    pair, estimate = table["spearman"].iloc[-2:]
    assert 0.35 < pair < 0.6
    assert estimate == pytest.approx(table["spearman"].iloc[0], abs=0.06)


def test_seeds_that_disagree_leave_a_ceiling_of_zero():
    truth = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
    assert agreement({}, truth)["spearman"].iloc[-1] == 0


def test_depth_and_convolutions_of_known_cells():
    space = spaces.get("dag")
    cells = [space.from_native(native) for native in ("1:", "3:0-1,1-2", "3:0-2")]
    assert [depth([cell]) for cell in cells] == [1, 3, 2]
    assert [convolutions([cell]) for cell in cells] == [1, 3, 3]
    assert depth(cells) == 6
