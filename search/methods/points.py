"""Two parametrisations of a space for Optuna's samplers: its native choices, and its encoder's embedding space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial

from archgraph.errors import InputError
from archgraph.spaces import Space
from encoders.embedding.buckets import BucketGenerator
from search.architectures import Architectures
from search.parameters import chosen_in

POINT = "archgraph:point"  # system attribute of a trial: where in the embedding space its architecture was found
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

    @abstractmethod
    def spelt(self, point: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A point as its trial holds it: what is chosen there, where it says that, and system attributes."""

    @abstractmethod
    def of_trial(self, trial: FrozenTrial) -> dict[str, Any] | None:
        """The point that a trial holds; None where it holds none."""


class Choices(Parametrisation):
    """One choice at each position of a member's code, by its number; a code that breaks the space's rules is invalid.

    Args:
        space: of the members.
        numbered: choices are whole numbers in the order of the space, for samplers that know no categories.

    Raises:
        InputError: the space has no codes.
    """

    def __init__(self, space: Space, numbered: bool = False) -> None:
        self.space = space
        if not space.options:
            raise InputError(f"the space {space.name} has no native choices to search over; give --encoder")
        self.distributions = {
            f"place{i}": IntDistribution(0, n - 1) if numbered else CategoricalDistribution(list(range(n)))
            for i, n in enumerate(space.options)
        }
        self._rows: WeakKeyDictionary[Architectures, dict[tuple[int, ...], int]] = WeakKeyDictionary()

    def decode(self, point: Mapping[str, Any], architectures: Architectures, rng: np.random.Generator) -> int:
        code, rows = tuple(int(point[name]) for name in self.distributions), self._rows.setdefault(architectures, {})
        if code not in rows:
            [graph] = architectures.space.from_codes(np.array([code]))
            rows[code] = -1 if graph is None else int(architectures.add([graph])[0])
        return rows[code]

    def encode(self, row: int, architectures: Architectures) -> dict[str, Any] | None:
        return dict(zip(self.distributions, architectures.code(row), strict=True))

    def spelt(self, point: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.space.chosen([point[name] for name in self.distributions]), {}

    def of_trial(self, trial: FrozenTrial) -> dict[str, Any] | None:
        chosen = chosen_in(self.space, trial.params)
        return None if chosen is None else dict(zip(self.distributions, self.space.code(chosen), strict=True))


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

    def spelt(self, point: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        return {}, {POINT: dict(point)}

    def of_trial(self, trial: FrozenTrial) -> dict[str, Any] | None:
        point: dict[str, Any] | None = trial.system_attrs.get(POINT)
        return point
