from itertools import islice, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archgraph import InputError
from supernet.hyper.ranks import AGGREGATES, FadeRanks

rows = st.lists(
    st.lists(st.floats(0.01, 1.0), min_size=1, max_size=4).map(lambda v: np.array(v) / sum(v)), min_size=1, max_size=4
)


@given(rows)
def test_paths_come_in_descending_order_each_once(probabilities):
    ranks = FadeRanks([probabilities])
    found = list(ranks.descending())
    assert sorted(found) == sorted(product(*(range(len(row)) for row in probabilities)))
    values = [ranks.log_rank(path) for path in found]
    assert all(a >= b - 1e-12 for a, b in pairwise(values))
    assert found[0] == ranks.best()
    assert ranks.paths == len(found)


def test_a_rank_is_the_product_of_the_averaged_softmaxes():
    ranks = FadeRanks([[np.array([0.2, 0.8]), np.array([0.5, 0.5])], [np.array([0.4, 0.6]), np.array([0.1, 0.9])]])
    assert np.exp(ranks.log_rank((1, 0))) == pytest.approx(0.7 * 0.3)
    np.testing.assert_allclose(ranks.spread[0], [0.1, 0.1])
    assert repr(ranks) == "FadeRanks(2 x 2 = 4 paths)"


def test_the_best_of_a_space_too_large_to_list_are_found_at_once():
    rng = np.random.default_rng(0)
    ranks = FadeRanks([[rng.dirichlet(np.ones(50)) for _ in range(12)]])
    top = list(islice(ranks.descending(), 100))
    assert ranks.paths == 50**12
    assert len(set(top)) == 100


def test_repeats_must_have_the_same_rows():
    with pytest.raises(InputError, match="same rows"):
        FadeRanks([[np.ones(1)], []])


@given(rows)
def test_a_path_is_placed_without_listing(probabilities):
    ranks = FadeRanks([probabilities])
    values = np.array([ranks.log_rank(path) for path in ranks.descending()])
    for place, path in enumerate(islice(ranks.descending(), 20)):
        surely, perhaps = ((values > values[place] + shift).sum() for shift in (1e-6, -1e-6))
        assert surely <= ranks.position(path) <= perhaps


def test_a_path_among_10_million_is_placed_at_once():
    rng = np.random.default_rng(0)
    ranks = FadeRanks([[rng.dirichlet(np.ones(15)) for _ in range(6)]])
    assert [ranks.position(path) for path in islice(ranks.descending(), 5)] == [0, 1, 2, 3, 4]
    with pytest.raises(InputError, match="too many paths"):
        FadeRanks([[rng.dirichlet(np.ones(50)) for _ in range(12)]]).position((0,) * 12)


@pytest.mark.parametrize("aggregate", AGGREGATES)
@given(probabilities=rows)
def test_every_aggregate_has_its_paths_in_descending_order(aggregate, probabilities):
    ranks = FadeRanks([probabilities])
    found = [ranks.log_rank(path, aggregate) for path in ranks.descending(aggregate)]
    assert len(found) == ranks.paths
    assert all(a >= b - 1e-12 for a, b in pairwise(found))
