"""The numbers of a step of FaDE: mirrored noise, different cells around a mean, and utilities by rank alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.embedding.buckets import BucketGenerator, Rows

Points = NDArray[np.float64]
_THROWS = 32  # of a point until it gives a new cell


def different(
    generator: BucketGenerator,
    mean: Points,
    noise: Points,
    kept: Sequence[int],
    rng: np.random.Generator,
    allowed: NDArray[np.bool_] | None = None,
) -> Rows:
    """As many different members as there are rows of noise [k, latent], those that are kept first, [k].

    Each is drawn from the bucket of mean + noise. Where that gives none that is new and `allowed`, [members], points
    are thrown further out, each by a quarter, and at last any member is taken, so that narrow distributions, too,
    compare cells.
    """
    widths = np.sqrt(np.square(noise).mean()) * 1.25 ** np.arange(1, _THROWS + 1)

    def tries(eps: Points) -> Iterator[int]:
        yield from generator.draw(mean + eps[None], rng)
        yield from generator.draw(mean + widths[:, None] * rng.standard_normal((_THROWS, len(mean))), rng)
        yield from rng.permutation(len(generator.members))

    found = list(kept)
    for eps in noise[len(kept) :]:
        found.append(next(int(i) for i in tries(eps) if i not in found and (allowed is None or allowed[i])))
    return np.array(found)


def mirrored_noise(shape: tuple[int, int, int], seed: int) -> Points:
    """Standard normal noise [d, k, latent] in which the second half of each row's k is minus the first."""
    rows, candidates, latent = shape
    half = np.random.default_rng(seed).standard_normal((rows, (candidates + 1) // 2, latent))
    return np.concatenate([half, -half], axis=1)[:, :candidates]


def rank_utilities(scores: Points) -> Points:
    """Utilities of k scores by their order alone, [k]; they sum to 0 (Wierstra et al. 2014)."""
    k = len(scores)
    order = np.argsort(np.argsort(-scores, kind="stable"), kind="stable")
    raw = np.maximum(0.0, np.log(k / 2 + 1) - np.log(order + 1))
    return raw / raw.sum() - 1 / k
