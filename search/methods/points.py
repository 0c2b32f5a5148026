"""Two parametrisations of a space for Optuna's samplers: its native choices, and its encoder's embedding space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from archgraph.errors import InputError
from archgraph.spaces import Space
from encoders.embedding.buckets import BucketGenerator
from search.architectures import Architectures

_REACH = 3.0  # of each whitened coordinate of the embedding, in standard deviations of the members


class Parametrisation(ABC):
    """How a point that a sampler proposes becomes an architecture, and back."""

    distributions: Mapping[str, BaseDistribution]

    @abstractmethod
    def decode(self, point: Mapping[str, Any], architectures: Architectures, rng: np.random.Generator) -> int:
        """The architecture at a point; -1 where it breaks the space's rules or cannot be evaluated."""

    @abstractmethod
    def encode(self, row: int, architectures: Architectures) -> dict[str, Any] | None:
        """A point of an architecture; None where none is known."""


class Choices(Parametrisation):
    """One choice at each position of a member's code; a code that breaks the space's rules is invalid.

    Args:
        space: of the members.
        numbered: choices are whole numbers in the order of the space, for samplers that know no categories.

    Raises:
        InputError: the space has no codes.
    """

    def __init__(self, space: Space, numbered: bool = False) -> None:
        if not space.options:
            raise InputError(f"the space {space.name} has no native choices to search over; give --encoder")
        self.distributions = {
            f"place{i}": IntDistribution(0, n - 1) if numbered else CategoricalDistribution(list(range(n)))
            for i, n in enumerate(space.options)
        }
        self._rows: dict[tuple[int, ...], int] = {}

    def decode(self, point: Mapping[str, Any], architectures: Architectures, rng: np.random.Generator) -> int:
        code = tuple(int(point[name]) for name in self.distributions)
        if code not in self._rows:
            [graph] = architectures.space.from_codes(np.array([code]))
            self._rows[code] = -1 if graph is None else int(architectures.add([graph])[0])
        return self._rows[code]

    def encode(self, row: int, architectures: Architectures) -> dict[str, Any] | None:
        return dict(zip(self.distributions, architectures.code(row), strict=True))


class Coordinates(Parametrisation):
    """Whitened coordinates of the embedding space, decoded by buckets; no point is invalid unless a table lacks it.

    Args:
        generator: of the encoder, with buckets filled with members of the space.
    """

    def __init__(self, generator: BucketGenerator) -> None:
        self.generator = generator
        self.distributions = {f"z{i}": FloatDistribution(-_REACH, _REACH) for i in range(generator.latent)}
        self._member = {key: row for row, key in enumerate(generator.members.hashes())}

    def decode(self, point: Mapping[str, Any], architectures: Architectures, rng: np.random.Generator) -> int:
        z = np.array([[point[name] for name in self.distributions]])
        [member] = self.generator.draw(z, rng)
        return int(architectures.add([self.generator.members[int(member)]])[0])

    def encode(self, row: int, architectures: Architectures) -> dict[str, Any] | None:
        member = self._member.get(architectures.hashes[row])
        if member is None:
            return None
        z = self.generator.whiten(self.generator.embeddings[member : member + 1])[0]
        return dict(zip(self.distributions, np.clip(z, -_REACH, _REACH).tolist(), strict=True))
