import numpy as np
import pytest

from archgraph import InputError
from encoders.evaluation.generation import draws_from_prior, evaluate, reconstruction


def test_what_the_encoder_was_trained_on_comes_back_from_its_embeddings(checkpoint, space, members):
    encoder, decoder = checkpoint.pretrained.encoder, checkpoint.decoder(space.name)
    assert reconstruction(encoder, decoder, encoder.encode(members[:20]), members[:20], space) > 0.8
    elsewhere = encoder.encode(members[20:40])
    assert reconstruction(encoder, decoder, elsewhere, members[:20], space, changes=0) < 0.2


def test_shares_of_the_prior_are_shares(checkpoint, space, members):
    found = draws_from_prior(checkpoint, space, members, 30, np.random.default_rng(0))
    assert found.valid_at_once <= found.valid <= 1
    assert 0 < found.distinct <= 1
    none_known = draws_from_prior(checkpoint, space, members[:0], 30, np.random.default_rng(0))
    assert none_known.novel == 1 >= found.novel


def test_without_held_out_graphs_nothing_is_measured(checkpoint, space, members):
    with pytest.raises(InputError, match="was held out"):
        evaluate(checkpoint, space, members[:0], members, 10, 10)
