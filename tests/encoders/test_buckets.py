import numpy as np
import pytest
from scipy.stats import chisquare

from archgraph import InputError
from encoders.buckets import BucketGenerator


@pytest.fixture
def generator(members):
    embeddings = np.random.default_rng(0).normal(3.0, [1.0, 5.0, 0.2], size=(len(members), 3))
    return BucketGenerator(members, embeddings, buckets=6, seed=0)


def test_every_member_is_in_one_bucket_and_no_bucket_is_empty(generator, members):
    assert generator.bucket_of.shape == (len(members),)
    assert sorted(set(generator.bucket_of)) == list(range(6))
    assert repr(generator) == f"BucketGenerator({len(members)} members, 6 buckets, latent=3)"


def test_a_member_falls_in_its_own_bucket(generator):
    np.testing.assert_array_equal(generator.bucket(generator.points), generator.bucket_of)


def test_points_are_whitened(generator):
    np.testing.assert_allclose(generator.points.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(np.cov(generator.points.T), np.eye(3), atol=1e-9)


def test_draws_come_uniformly_from_the_points_bucket(generator):
    rng = np.random.default_rng(0)
    for bucket in range(6):
        inside = np.flatnonzero(generator.bucket_of == bucket)
        center = np.repeat(generator.centers[bucket : bucket + 1], 4000, axis=0)
        drawn = generator.draw(center, rng)
        assert set(drawn) == set(inside)
        if len(inside) > 1:
            assert chisquare(np.bincount(drawn, minlength=len(generator.members))[inside]).pvalue > 1e-4


def test_draws_repeat_for_a_seed(generator):
    a, b = (generator.sample(50, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_arrays_go_to_a_file_and_back(generator, members):
    again = BucketGenerator.from_state(members, generator.state())
    np.testing.assert_array_equal(
        again.sample(20, np.random.default_rng(1)), generator.sample(20, np.random.default_rng(1))
    )
    with pytest.raises(InputError, match="do not fit 3 graphs"):
        BucketGenerator.from_state(members[:3], generator.state())


@pytest.mark.parametrize("buckets", [0, 10_000])
def test_an_impossible_number_of_buckets_is_refused(members, buckets):
    with pytest.raises(InputError, match=f"but got {buckets}"):
        BucketGenerator(members, np.ones((len(members), 2)), buckets, 0)
