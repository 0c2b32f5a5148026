"""The graphs that an encoder is trained on and buckets are filled with: a whole space, or a sample of it."""

from __future__ import annotations

import numpy as np

from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.table.table import ArchTable

MOST_ENUMERATED = 1_000_000


def members_of(space: Space, sample: int, seed: int) -> ArchTable:
    """All members of a space where there are at most a million; of others, different members among `sample` draws."""
    size = space.size()
    if size is not None and size <= MOST_ENUMERATED:
        return space.enumerate()
    rng = np.random.default_rng(derive_seed(seed, "members", space.name))
    drawn = ArchTable.from_graphs(space.sample(sample, rng), space=space.name)
    return drawn[np.sort(np.unique(drawn.hashes(), return_index=True)[1])]
