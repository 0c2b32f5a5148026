"""What every search is: a rule that reads the trials so far and proposes the next architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from archgraph.errors import InputError
from search.architectures import Architectures, Rows
from search.studies.history import History

ATTEMPTS = 5
"""How often a method is asked for a proposal until the last one is repaired."""
_STEPS = 100
_TRIES = 3  # mutations at once


@dataclass(frozen=True)
class Proposal:
    """What to evaluate next.

    Attributes:
        row: the architecture's number among those that were met; -1 where the proposed point is no member of the space.
        chosen: what it has chosen by the names of the space's choices, where the method has spelt it; empty for the
            space's own spelling.
        attributes: stored with the trial.
        system_attributes: what a sampler of Optuna remembers by the trial.

    Example:
        >>> from search import Proposal
        >>> Proposal(3, attributes={"why": "a neighbour of the best"}).row
        3
    """

    row: int
    chosen: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    system_attributes: Mapping[str, Any] = field(default_factory=dict)


class Method(ABC):
    """A search; what it proposes follows from the history and the seed alone.

    A proposal that the study has had is not evaluated again; the method is asked for another one.

    Example:
        >>> import numpy as np
        >>> from search import Method, Proposal
        >>> class Random(Method):
        ...     def propose(self, history, seed):
        ...         return Proposal(history.architectures.draw(np.random.default_rng(seed)))
        >>> isinstance(Random(), Method)
        True
    """

    @abstractmethod
    def propose(self, history: History, seed: int) -> Proposal:
        """The next architecture, for the best new one that this rule finds."""


def walk(architectures: Architectures, history: History, row: int, rng: np.random.Generator) -> int:
    """The first new architecture on a random walk of edits from `row` that is fast enough; -1 where none is found."""
    for _ in range(_STEPS):
        near = _near(architectures, row, rng)
        new = history.unseen(near)
        if len(new):
            found = int(rng.choice(new))
            if architectures.is_fast(found):
                return found
            continue
        row = int(rng.choice(near)) if len(near) else architectures.draw(rng)
    return int(remaining[0]) if len(remaining := rest(architectures, history)) else -1


def _near(architectures: Architectures, row: int, rng: np.random.Generator) -> Rows:
    """Neighbours; of an open space, where to list them all costs more than to make some, only some."""
    if architectures.members is not None:
        return architectures.neighbors(row)
    try:
        return architectures.mutated(row, rng, _TRIES)
    except InputError:  # it has no neighbour
        return np.empty(0, dtype=np.intp)


def rest(architectures: Architectures, history: History) -> Rows:
    """Members that no trial has had, new networks if there are any; empty where the space is open."""
    if architectures.members is None:
        return np.empty(0, dtype=np.intp)
    new = history.unseen(np.arange(len(architectures)))
    return new if len(new) else np.setdiff1d(np.arange(len(architectures)), history.rows)
