from itertools import product

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from encoders.embedding.decoder import CodeDecoder, by_likelihood


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 3), min_size=1, max_size=5))
def test_codes_come_in_the_order_of_their_probability_each_once(seed, options):
    rng = np.random.default_rng(seed)
    odds = np.full((len(options), 3), -np.inf)
    for place, count in enumerate(options):
        odds[place, :count] = np.log(rng.dirichlet(np.ones(count)))
    codes = [tuple(code) for code in by_likelihood(odds)]
    assert sorted(codes) == sorted(product(*map(range, options)))
    scores = [sum(odds[place, choice] for place, choice in enumerate(code)) for code in codes]
    np.testing.assert_allclose(scores, sorted(scores, reverse=True), atol=1e-9)


def test_places_give_probabilities_to_their_own_options_alone():
    decoder = CodeDecoder((2, 5, 1), latent=4, hidden=8)
    odds = decoder(torch.randn(6, 4)).exp()
    torch.testing.assert_close(odds.sum(2), torch.ones(6, 3))
    assert (odds[:, 0, 2:] == 0).all()
    assert (odds[:, 2, 0] == 1).all()
    assert decoder.loss(torch.randn(2, 4), torch.tensor([[1, 4, 0], [0, 0, 0]])) > 0
