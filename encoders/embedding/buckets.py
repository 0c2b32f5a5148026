"""BucketGenerator: graphs drawn from the embedding space by way of buckets (FaDE, figure 3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.table.table import ArchTable

PointArray = NDArray[np.floating[Any]]
Rows = NDArray[np.intp]
_SAMPLE = 32_768  # members that k-means looks at
_CELLS = 1 << 24  # distances computed at once
_GIVEN = 4096  # points that members are compared with at once


class BucketGenerator:
    """A point in the embedding space determines a bucket, from which a graph is drawn uniformly.

    Buckets are the cells of a k-means partition of the members' embeddings (reconstruction): they are small where
    members are dense, so that each holds about as many, where a grid of as many dimensions would be nearly empty.
    Every member is in the bucket of the nearest center. A bucket that no member is nearest to is dropped, so none is
    empty, and points that fell there fall to the nearest that is left.

    PointArray are in whitened coordinates, principal ones first, in which the members have mean 0 and covariance 1: a
    standard normal point is a typical one. The prior is closer to the members than one Gaussian: a kernel density
    estimate, with one Gaussian on each member and the covariance that members have within buckets (density fitted
    afterwards: Ghosh et al. 2020).

    Args:
        members: the graphs that can be drawn.
        embeddings: of the members, [len(members), latent].
        buckets: number of buckets.
        seed: of k-means.

    Attributes:
        mean, whitening: `(embedding - mean) @ whitening` is a point, [latent] and [latent, latent].
        embeddings: of the members, [len(members), latent] float32.
        centers: of each bucket, in the encoder's coordinates, [buckets, latent].
        bucket_of: each member's bucket, [len(members)].

    Raises:
        InputError: there are more buckets than members, or not one finite embedding a member.

    Example:
        >>> import numpy as np
        >>> from archgraph import ArchTable
        >>> from encoders import BucketGenerator
        >>> cells = ArchTable.read("cells.parquet")
        >>> generator = BucketGenerator(cells, np.random.default_rng(0).normal(size=(len(cells), 4)), buckets=5, seed=0)
        >>> rows = generator.sample(3, np.random.default_rng(0))
        >>> cells[rows].ids.shape, generator.centers.shape
        ((3,), (5, 4))
    """

    def __init__(self, members: ArchTable, embeddings: PointArray, buckets: int, seed: int) -> None:
        if not 1 <= buckets <= len(members):
            raise InputError(f"{len(members)} members can be put in 1 to {len(members)} buckets, but got {buckets}")
        self.members = members
        self.embeddings = np.asarray(embeddings, dtype=np.float32)
        if self.embeddings.shape[:-1] != (len(members),) or not np.isfinite(self.embeddings).all():
            shape = list(self.embeddings.shape)
            raise InputError(f"each of {len(members)} members has one finite embedding, but got an array {shape}")
        self.mean = self.embeddings.mean(axis=0, dtype=np.float64)
        covariance = np.zeros((self.latent, self.latent))
        if len(members) > 1:
            covariance[:] = np.cov(self.embeddings, rowvar=False, dtype=np.float64)
        values, vectors = (part[..., ::-1] for part in np.linalg.eigh(covariance))
        self._spread = vectors * np.sqrt(np.maximum(values, 1e-12))
        self.whitening = vectors / np.sqrt(np.maximum(values, 1e-12))
        sample = np.random.default_rng(seed).permutation(len(members))[:_SAMPLE]
        tries = 4 if len(members) <= 4096 else 1
        from sklearn.cluster import KMeans  # takes long to load, and only those who fill buckets need it

        means = KMeans(buckets, n_init=tries, max_iter=50, random_state=seed % 2**32).fit(self.embeddings[sample])
        nearest = _nearest(self.embeddings, means.cluster_centers_)
        present, bucket_of = np.unique(nearest, return_inverse=True)
        self.centers: PointArray = means.cluster_centers_[present]
        self.bucket_of: Rows = bucket_of.astype(np.intp)
        self._sort()

    def _sort(self) -> None:
        """Members in the order of their buckets, and where each bucket starts."""
        self._ordered = np.argsort(self.bucket_of, kind="stable")
        self._start = np.searchsorted(self.bucket_of[self._ordered], np.arange(len(self.centers) + 1))

    def state(self) -> dict[str, NDArray[Any]]:
        """All arrays, for a file; `from_state` takes them back."""
        return {name: getattr(self, name) for name in _STATE}

    @classmethod
    def from_state(cls, members: ArchTable, state: Mapping[str, NDArray[Any]]) -> BucketGenerator:
        """The generator whose `state` this is.

        Raises:
            InputError: the arrays are not those of these members.
        """
        generator = cls.__new__(cls)
        generator.members = members
        for name in _STATE:
            setattr(generator, name, state[name])
        n, latent = generator.embeddings.shape
        shapes = {"mean": (latent,), "whitening": (latent, latent), "bucket_of": (n,)}
        if n != len(members) or any(state[name].shape != shape for name, shape in shapes.items()):
            raise InputError(f"buckets of {n} members do not fit {len(members)} graphs")
        if not np.isin(np.arange(len(generator.centers)), generator.bucket_of).all():
            raise InputError("the buckets hold an empty one; make them anew with --buckets")
        generator._spread = np.linalg.inv(generator.whitening).T
        generator._sort()
        return generator

    @property
    def latent(self) -> int:
        """Coordinates of a point."""
        return int(self.embeddings.shape[1])

    @property
    def points(self) -> PointArray:
        """The members in whitened coordinates, [len(members), latent]."""
        return self.whiten(self.embeddings)

    def whiten(self, embeddings: PointArray) -> PointArray:
        """Embeddings of an encoder as points, both [n, latent]."""
        return (np.asarray(embeddings, dtype=np.float64) - self.mean) @ self.whitening

    def unwhiten(self, points: PointArray) -> PointArray:
        """PointArray as embeddings of the encoder, both [n, latent]."""
        return self.mean + np.asarray(points) @ self._spread.T

    def bucket(self, points: PointArray) -> Rows:
        """The bucket that each point falls in, that of the nearest center; [n]."""
        return _nearest(self.unwhiten(points), self.centers)

    def draw(self, points: PointArray, rng: np.random.Generator) -> Rows:
        """One member a point, as row numbers of `members`: uniformly from the point's bucket; [n]."""
        return self.from_buckets(self.bucket(points), rng)

    def from_buckets(self, buckets: Rows, rng: np.random.Generator) -> Rows:
        """One member a bucket, drawn uniformly, as row numbers of `members`; [n].

        Raises:
            InputError: there is no such bucket.
        """
        if len(buckets) and not 0 <= buckets.min() <= buckets.max() < len(self.centers):
            wrong = buckets[(buckets < 0) | (buckets >= len(self.centers))][0]
            raise InputError(f"buckets are numbered 0 to {len(self.centers) - 1}, but got {wrong}")
        start, end = self._start[buckets], self._start[buckets + 1]
        return self._ordered[start + (rng.random(len(buckets)) * (end - start)).astype(np.intp)]

    def sample(self, n: int, rng: np.random.Generator) -> Rows:
        """Members drawn from n points of the prior, as row numbers of `members`; [n]."""
        return self.draw(self.prior(n, rng), rng)

    def prior(self, n: int, rng: np.random.Generator) -> PointArray:
        """PointArray of the prior, [n, latent]."""
        drawn = self.embeddings[rng.integers(len(self.members), size=n)]
        return self.whiten(drawn + rng.standard_normal((n, self.latent)) @ self._within.T)

    @cached_property
    def _within(self) -> PointArray:
        """A root of the covariance of members around the centers of their buckets, [latent, latent]."""
        apart = self.embeddings - self.centers[self.bucket_of]
        values, vectors = np.linalg.eigh(apart.T.astype(np.float64) @ apart / len(apart))
        root: PointArray = vectors * np.sqrt(np.maximum(values, 0))
        return root

    def by_distance(self, embeddings: PointArray) -> Rows:
        """All members, those nearest to one of the given embeddings [n, latent] first; as row numbers."""
        apart = np.full(len(self.members), np.inf, dtype=np.float32)
        for first in range(0, len(embeddings), _GIVEN):
            some = embeddings[first : first + _GIVEN]
            step = max(1, _CELLS // len(some))
            for start in range(0, len(self.members), step):
                own = self.embeddings[start : start + step]
                squares = _squares(own, some).min(axis=1) + (own**2).sum(axis=1)
                np.minimum(apart[start : start + step], squares, out=apart[start : start + step])
        return np.argsort(apart, kind="stable")

    def grown(self, members: ArchTable, embeddings: PointArray) -> BucketGenerator:
        """The same buckets with more members, each put in the bucket of the nearest center; the prior has them too."""
        state = self.state()
        state["embeddings"] = np.concatenate([self.embeddings, np.asarray(embeddings, dtype=np.float32)])
        state["bucket_of"] = np.concatenate([self.bucket_of, _nearest(np.asarray(embeddings), self.centers)])
        return BucketGenerator.from_state(ArchTable.concatenate([self.members, members]), state)

    def __repr__(self) -> str:
        return f"BucketGenerator({len(self.members)} members, {len(self.centers)} buckets, latent={self.latent})"


_STATE = ("mean", "whitening", "embeddings", "bucket_of", "centers")


def _nearest(points: PointArray, centers: PointArray) -> Rows:
    """The nearest center of each point, [n]."""
    step = max(1, _CELLS // len(centers))
    parts = [_squares(points[start : start + step], centers).argmin(axis=1) for start in range(0, len(points), step)]
    return np.concatenate(parts or [np.empty(0, dtype=np.intp)])


def _squares(points: PointArray, centers: PointArray) -> PointArray:
    """Squared distances less the squared norm of each point, [n, centers]."""
    centers = centers.astype(points.dtype)
    return (centers**2).sum(axis=1) - 2 * points @ centers.T
