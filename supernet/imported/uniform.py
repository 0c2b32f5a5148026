"""The network with all its widths scaled alike: the plain way to make it cost less."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from archgraph.graph import ArchGraph
from archgraph.spaces import Space
from supernet.imported.places import INNER, WIDTH


def uniform(space: Space, fits: Callable[[ArchGraph], bool]) -> ArchGraph | None:
    """The widest network below the limits whose widths are all one share of those of the network itself.

    Where a place has no such width, it takes the next smaller one that it has, or else its smallest. All other places
    stay as they are.

    Args:
        space: around a network.
        fits: whether a member costs little enough.

    Returns:
        None where none fits, or where no width can change.

    Source:
        The width multiplier of Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
        Applications", 2017.

    Example:
        >>> narrow = uniform(space, lambda graph: around.cost(graph).flops < 1e6)
    """
    widths = {
        name: [int(value) for value in values]
        for name, values in space.choices.items()
        if name.rpartition(".")[2] in (WIDTH, INNER)
    }
    shares = {Fraction(value, values[0]) for values in widths.values() for value in values if value <= values[0]}
    for share in sorted(shares, reverse=True):
        chosen = {name: values[0] for name, values in space.choices.items()}
        for name, values in widths.items():
            chosen[name] = max((value for value in values if value <= share * values[0]), default=min(values))
        found = space.from_choices(chosen)
        if found is not None and fits(found):
            return found
    return None
