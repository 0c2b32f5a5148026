"""Mixtures within mixtures: which sources must be taken for a mixture to count."""

from __future__ import annotations

import torch
from torch import Tensor

from archgraph.networks.blueprint import Blueprint


def conditions(blueprint: Blueprint) -> dict[str, dict[str, int]]:
    """Of each mixture the choices without which nothing that it weights reaches the output: mixture -> source.

    A mixture inside a candidate cell counts only where that candidate is taken. Of mixtures side by side, as of rows or
    of DARTS' edges, none has a condition.
    """
    found: dict[str, dict[str, int]] = {name: {} for name in blueprint.mixtures}
    for outer, sources in blueprint.mixtures.items():
        for source in range(sources):
            reached = _reached(blueprint, outer, source)
            for inner in found.keys() - reached:
                found[inner][outer] = source
    return found


def _reached(blueprint: Blueprint, without: str, source: int) -> set[str]:
    """The mixtures on which the output depends where one source of a mixture is left out."""
    wanted, mixtures = {blueprint.output}, set()
    for number in range(blueprint.output, 0, -1):
        if number in wanted:
            layer = blueprint.layers[number]
            is_mixture = layer.join == "mixture"
            if is_mixture:
                mixtures.add(layer.mixture)
            left_out = is_mixture and layer.mixture == without
            wanted.update(s for i, s in enumerate(layer.sources) if not (left_out and i == source))
    return mixtures


def taken_together(blueprint: Blueprint) -> Tensor:
    """What is taken where one source replaces its mixture: itself, and what its mixture's conditions ask for.

    Returns:
        [sources of all mixtures, mixtures]: number of the source taken of each mixture, -1 where it stays mixed.
    """
    asked, names = conditions(blueprint), list(blueprint.mixtures)
    rows = []
    for name, sources in blueprint.mixtures.items():
        for source in range(sources):
            taken = asked[name] | {name: source}
            rows.append([taken.get(other, -1) for other in names])
    return torch.tensor(rows)


def asked(blueprint: Blueprint) -> Tensor:
    """The conditions of each mixture.

    Returns:
        [mixtures, mixtures]: the source that must be taken of the second for the first to count, -1 for any.
    """
    found, names = conditions(blueprint), list(blueprint.mixtures)
    return torch.tensor([[found[name].get(other, -1) for other in names] for name in names])
