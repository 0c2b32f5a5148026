"""Below limits a change that costs too much becomes possible together with one that makes room for it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.objectives.exchanges import LEAST, MOST, exchanges


@st.composite
def additive(draw):
    """A code, all its single changes, and what they cost where each choice has a price of its own."""
    options = draw(st.lists(st.integers(2, 4), min_size=2, max_size=6))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    prices = [rng.integers(1, 20, size=n).astype(float) for n in options]
    code = np.array([int(rng.integers(n)) for n in options])
    changed = []
    for place, n in enumerate(options):
        for choice in range(n):
            if choice != code[place]:
                other = code.copy()
                other[place] = choice
                changed.append(other)

    def cost(one):
        return sum(price[choice] for price, choice in zip(prices, one, strict=True))

    limit = np.floor(cost(code) * draw(st.floats(1.0, 1.2))) + 0.5  # nothing stands exactly at it
    return code, np.array(changed), cost, limit


@given(additive(), st.integers(0, 5))
def test_each_exchange_fits_changes_two_places_and_needs_both(made, seed):
    code, changed, cost, limit = made
    shares = np.array([[cost(one) / limit] for one in changed])
    found = exchanges(code, changed, np.array([cost(code) / limit]), shares, seed)
    assert len(found) <= MOST
    assert len({tuple(one) for one in found.tolist()}) == len(found)
    for one in found:
        places = np.flatnonzero(one != code)
        assert len(places) == 2
        assert LEAST * limit <= cost(one) <= limit
        alone = [np.where(np.arange(len(code)) == place, one, code) for place in places]
        assert sorted(cost(single) > limit for single in alone) == [False, True]


@given(additive())
def test_all_such_exchanges_are_found_where_they_are_few(made):
    code, changed, cost, limit = made
    shares = np.array([[cost(one) / limit] for one in changed])
    found = {tuple(one) for one in exchanges(code, changed, np.array([cost(code) / limit]), shares, 0).tolist()}
    wanted = set()
    for cheap in changed:
        for dear in changed:
            both = np.where(dear != code, dear, cheap)
            apart = (cheap != code).argmax() != (dear != code).argmax()
            if apart and cost(cheap) < cost(code) and LEAST * limit <= cost(both) <= limit < cost(dear):
                wanted.add(tuple(both.tolist()))
    if len(wanted) <= MOST:
        assert found == wanted


def test_what_cannot_be_built_is_part_of_no_exchange():
    code, changed = np.array([1, 1]), np.array([[0, 1], [2, 1], [1, 0], [1, 2]])
    shares = np.array([[0.7], [np.inf], [0.8], [np.inf]])
    assert not len(exchanges(code, changed, np.array([1.0]), shares, 0))
