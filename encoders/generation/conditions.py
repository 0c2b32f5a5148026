"""Conditions that generated graphs fulfil, and the search for graphs that do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from archgraph.canonical import canonical_hashes
from archgraph.errors import InputError
from archgraph.graph import ArchGraph
from archgraph.networks.cost import cost
from archgraph.spaces import Space
from archgraph.table.table import ArchTable

Member = tuple[ArchGraph, str]
"""A graph and the name of its space."""
Condition = Callable[[Member], bool]
_CHUNK = 1 << 14  # graphs hashed at once
_TRIES = 1000  # candidates looked at for each graph asked for, on average


def at_most(parameters: float, spaces: Mapping[str, Space]) -> Condition:
    """Whether a member has at most that many parameters in its space's published network.

    Raises (when called):
        InputError: no network is published for the member's space.
    """

    def holds(member: Member) -> bool:
        graph, name = member
        if name not in spaces:
            raise InputError(f"--max-params: a graph of {name or 'no space'} has no published network to count in")
        return cost(graph, spaces[name]).params <= parameters

    return holds


def novel_to(table: ArchTable) -> Condition:
    """Whether a graph is isomorphic to none of the table's."""
    known: set[bytes] = set()
    for start in range(0, len(table), _CHUNK):
        known.update(map(bytes.fromhex, table[start : start + _CHUNK].hashes()))
    return lambda member: bytes.fromhex(canonical_hashes([(member[0].ops, member[0].edges)])[0]) not in known


def first_that_fulfil(candidates: Iterable[Member], n: int, conditions: Iterable[Condition]) -> list[Member]:
    """The first n candidates that fulfil all conditions.

    Raises:
        InputError: the candidates end before, or 1,000 for each graph asked for were looked at.
    """
    conditions = list(conditions)
    fitting = (member for member in islice(candidates, _TRIES * n) if all(holds(member) for holds in conditions))
    found = list(islice(fitting, n))
    if len(found) < n:
        raise InputError(
            f"only {len(found)} graphs that fulfil the conditions were found, but {n} are asked for; "
            "ask for fewer, loosen the conditions, or let the decoder write beyond the members with --decode"
        )
    return found
