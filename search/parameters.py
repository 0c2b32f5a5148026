"""How an architecture stands in an Optuna trial: what it has chosen are the parameters, by names a person knows.

A space without fixed choices has no parameters; how often each operation occurs then stands in the trial's attributes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from optuna.distributions import CategoricalDistribution

from archgraph.graph import ArchGraph
from archgraph.ops import STRUCTURE
from archgraph.spaces import Space
from search.objectives.costs import COUNTED

Distributions = Mapping[str, CategoricalDistribution]


@lru_cache(maxsize=64)
def distributions(space: Space) -> Distributions:
    """The choices of a space as distributions of Optuna; none where it has no fixed choices.

    Example:
        >>> from archgraph import spaces
        >>> from search.parameters import distributions
        >>> distributions(spaces.get("transnas:macro"))["module 1"].choices
        ('none', 'resblocks', 'resblocks-x2', 'resblocks-s2', 'resblocks-x2-s2')
    """
    return {name: CategoricalDistribution(values) for name, values in space.choices.items()}


def chosen_in(space: Space, params: Mapping[str, Any]) -> dict[str, Any] | None:
    """The choices of a space among the parameters of a trial, which may have others; None where one is missing."""
    found = {name: params[name] for name in space.choices if name in params}
    known = all(value in space.choices[name] for name, value in found.items())
    return found if found and known and len(found) == len(space.choices) else None


def described(space: Space, graph: ArchGraph, costs: Mapping[str, float]) -> dict[str, Any]:
    """What the attributes of a trial say of its architecture, beside its name.

    Args:
        space: of the architecture.
        graph: the architecture.
        costs: what it costs, by name; `params` and `flops` are taken.

    Returns:
        The costs; and where the space has no fixed choices, how often each operation occurs.
    """
    found: dict[str, Any] = {name: costs[name] for name in COUNTED if name in costs}
    if space.choices:
        return found
    counts = Counter(graph.ops)
    chosen = [name for name in space.operations if name not in STRUCTURE]
    return found | {f"count of {name}": counts[name] for name in chosen}
