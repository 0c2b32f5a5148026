"""BucketGenerator: graphs drawn from the embedding space by way of buckets (FaDE, figure 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from archgraph.errors import InputError
from archgraph.table import ArchTable

Points = NDArray[np.float64]


class BucketGenerator:
    """A point in the embedding space determines a bucket, from which a graph is drawn uniformly.

    Buckets are the cells of a k-means partition of the members' embeddings (reconstruction): they are small where
    members are dense, so that each holds about as many, and a bucket without members cannot arise. Points are in
    whitened coordinates, in which the members have mean 0 and covariance 1: a standard normal point is a typical one.

    Args:
        members: the graphs that can be drawn.
        embeddings: of the members, [len(members), latent].
        buckets: number of buckets.
        seed: of k-means.

    Attributes:
        points: the members in whitened coordinates, [len(members), latent].
        centers: mean of each bucket's members, [buckets, latent].
        bucket_of: each member's bucket, [len(members)].

    Raises:
        InputError: there are more buckets than members.
    """

    def __init__(self, members: ArchTable, embeddings: Points, buckets: int, seed: int) -> None:
        if not 1 <= buckets <= len(members):
            raise InputError(f"{len(members)} members can be put in 1 to {len(members)} buckets, but got {buckets}")
        self.members = members
        self.mean = embeddings.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov(embeddings.T).reshape(embeddings.shape[1], -1))
        self.whitening = vectors / np.sqrt(np.maximum(values, 1e-12))
        self.points = self.whiten(embeddings)
        means = KMeans(buckets, n_init=4, random_state=seed % 2**32).fit(self.points)
        present, self.bucket_of = np.unique(means.labels_, return_inverse=True)
        self.centers: Points = means.cluster_centers_[present]

    def state(self) -> dict[str, NDArray[Any]]:
        """All arrays, for a file; `from_state` takes them back."""
        return {name: getattr(self, name) for name in ("mean", "whitening", "points", "bucket_of", "centers")}

    @classmethod
    def from_state(cls, members: ArchTable, state: Mapping[str, NDArray[Any]]) -> BucketGenerator:
        """The generator whose `state` this is.

        Raises:
            InputError: the arrays are not those of these members.
        """
        generator = cls.__new__(cls)
        generator.members = members
        for name in ("mean", "whitening", "points", "bucket_of", "centers"):
            setattr(generator, name, state[name])
        if len(generator.points) != len(members) or len(generator.bucket_of) != len(members):
            raise InputError(f"buckets of {len(generator.points)} members do not fit {len(members)} graphs")
        return generator

    @property
    def latent(self) -> int:
        """Coordinates of a point."""
        return int(self.points.shape[1])

    def whiten(self, embeddings: Points) -> Points:
        """Embeddings of an encoder as points, both [n, latent]."""
        return (np.asarray(embeddings, dtype=float) - self.mean) @ self.whitening

    def bucket(self, points: Points) -> NDArray[np.intp]:
        """The bucket that each point falls in, that of the nearest center; [n]."""
        distances = ((points[:, None] - self.centers[None]) ** 2).sum(axis=2)
        return distances.argmin(axis=1)

    def draw(self, points: Points, rng: np.random.Generator) -> NDArray[np.intp]:
        """One member a point, as row numbers of `members`: uniformly from the point's bucket; [n]."""
        return np.array([rng.choice(np.flatnonzero(self.bucket_of == b)) for b in self.bucket(points)], dtype=np.intp)

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.intp]:
        """Members drawn from n standard normal points, as row numbers of `members`; [n]."""
        return self.draw(rng.standard_normal((n, self.latent)), rng)

    def __repr__(self) -> str:
        return f"BucketGenerator({len(self.members)} members, {len(self.centers)} buckets, latent={self.latent})"
