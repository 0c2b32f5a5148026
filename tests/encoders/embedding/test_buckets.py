import numpy as np
import pytest
from scipy.stats import chisquare

from archgraph import InputError
from encoders.embedding.buckets import BucketGenerator


@pytest.fixture
def generator(members):
    embeddings = np.random.default_rng(0).normal(3.0, [1.0, 5.0, 0.2], size=(len(members), 3))
    return BucketGenerator(members, embeddings, buckets=24, seed=0)


def test_every_member_is_in_one_bucket_and_no_bucket_is_empty(generator, members):
    assert generator.bucket_of.shape == (len(members),)
    assert sorted(set(generator.bucket_of)) == list(range(24))
    assert repr(generator) == f"BucketGenerator({len(members)} members, 24 buckets, latent=3)"


def test_a_member_falls_in_its_own_bucket(generator):
    np.testing.assert_array_equal(generator.bucket(generator.points), generator.bucket_of)


def test_points_are_whitened_and_go_back(generator):
    np.testing.assert_allclose(generator.points.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(np.cov(generator.points.T), np.eye(3), atol=1e-4)
    np.testing.assert_allclose(generator.unwhiten(generator.points), generator.embeddings, atol=1e-4)


def test_draws_come_uniformly_from_the_points_bucket(generator):
    rng = np.random.default_rng(0)
    for bucket in range(24):
        inside = np.flatnonzero(generator.bucket_of == bucket)
        center = np.repeat(generator.whiten(generator.centers[bucket : bucket + 1]), 4000, axis=0)
        drawn = generator.draw(center, rng)
        assert set(drawn) <= set(inside)
        if len(inside) > 1:
            assert chisquare(np.bincount(drawn, minlength=len(generator.members))[inside]).pvalue > 1e-4


def test_draws_from_the_prior_are_bucket_by_bucket_as_often_as_points_fall_there(generator):
    rng = np.random.default_rng(0)
    share = np.bincount(generator.bucket(generator.prior(200_000, rng)), minlength=24) / 200_000
    drawn = np.bincount(generator.bucket_of[generator.sample(20_000, rng)], minlength=24)
    seen = share > 1e-3
    assert chisquare(drawn[seen], share[seen] / share[seen].sum() * drawn[seen].sum()).pvalue > 1e-4


def test_draws_repeat_for_a_seed(generator):
    a, b = (generator.sample(50, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_every_bucket_can_be_drawn_and_no_other(generator):
    drawn = generator.from_buckets(np.arange(24), np.random.default_rng(0))
    np.testing.assert_array_equal(generator.bucket_of[drawn], np.arange(24))
    with pytest.raises(InputError, match="0 to 23, but got 24"):
        generator.from_buckets(np.array([0, 24]), np.random.default_rng(0))


def test_members_by_distance_are_those_of_a_plain_sort(generator):
    given = generator.embeddings[[3, 500]].astype(np.float64) + 0.1
    plain = np.linalg.norm(generator.embeddings[:, None] - given[None], axis=2).min(axis=1)
    np.testing.assert_allclose(plain[generator.by_distance(given)], np.sort(plain), atol=1e-4)


def test_more_members_leave_the_buckets_where_they_are(generator, members):
    more = generator.grown(members[:5], generator.embeddings[:5])
    assert len(more.members) == len(members) + 5
    np.testing.assert_array_equal(more.bucket_of[-5:], generator.bucket_of[:5])
    np.testing.assert_array_equal(more.centers, generator.centers)


def test_arrays_go_to_a_file_and_back(generator, members):
    again = BucketGenerator.from_state(members, generator.state())
    np.testing.assert_array_equal(
        again.sample(20, np.random.default_rng(1)), generator.sample(20, np.random.default_rng(1))
    )
    with pytest.raises(InputError, match="do not fit 3 graphs"):
        BucketGenerator.from_state(members[:3], generator.state())
    with pytest.raises(InputError, match="empty"):
        BucketGenerator.from_state(members, generator.state() | {"bucket_of": np.zeros(len(members), dtype=np.intp)})


@pytest.mark.parametrize("buckets", [0, 10_000])
def test_an_impossible_number_of_buckets_is_refused(members, buckets):
    with pytest.raises(InputError, match=f"but got {buckets}"):
        BucketGenerator(members, np.ones((len(members), 2)), buckets, 0)
