"""What is near each architecture of a page."""

import numpy as np

from archgraph import ArchTable, spaces
from encoders import DeltaPredictor
from search.explorer.neighbors import edit_pairs, nearest, with_differences


def test_the_nearest_are_those_of_least_distance_without_the_point_itself():
    points = np.array([[0, 0], [1, 0], [3, 0], [7, 0]], dtype=np.float32)
    found, far = nearest(points)
    assert found.tolist() == [[1, 2, 3], [0, 2, 3], [1, 0, 3], [2, 1, 0]]
    np.testing.assert_allclose(far[0], [1, 3, 7])


def test_pairs_are_those_of_the_space(small_table):
    space = spaces.get("nasbench201")
    pairs = edit_pairs(small_table, space)
    first = {graph.canonical_hash() for graph in space.neighbors(small_table[0])}
    hashes = small_table.hashes()
    assert {hashes[to] for to in pairs.to[: pairs.starts[1]]} == first & set(hashes)
    together = set(
        zip(np.repeat(np.arange(len(small_table)), np.diff(pairs.starts)).tolist(), pairs.to.tolist(), strict=True)
    )
    assert together == {(b, a) for a, b in together}


def test_what_is_no_member_has_no_pairs(small_table):
    assert edit_pairs(small_table, spaces.get("macro")) is None


def test_differences_are_the_predictors(small_table):
    predictor = DeltaPredictor.fit(small_table, "worth", encoder=None, seed=0)
    pairs = with_differences(edit_pairs(small_table, spaces.get("nasbench201")), small_table, predictor)
    to = pairs.to[: pairs.starts[1]]
    wanted = predictor.difference(small_table[:1], ArchTable.from_graphs([small_table[int(i)] for i in to])).mean
    np.testing.assert_allclose(pairs.differences[: pairs.starts[1]], wanted, rtol=1e-4, atol=1e-6)
