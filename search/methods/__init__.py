"""The searches by name, one file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archgraph._plugins import plugin, plugin_names
from archgraph.errors import InputError
from archgraph.settings import Setting, check_settings, described_settings
from archgraph.spaces import Space
from encoders.embedding.buckets import BucketGenerator
from search.methods.base import Method, Proposal
from search.methods.delta import DeltaEvolution
from search.methods.evolution import RegularisedEvolution
from search.methods.global_gp import GlobalProcess
from search.methods.local import LocalSearch
from search.methods.points import Choices, Coordinates
from search.methods.random_search import RandomSearch
from search.methods.sampled import SampledSearch, cmaes, gp, nsga2, tpe

__all__ = [
    "METHODS",
    "SAMPLED",
    "DeltaEvolution",
    "GlobalProcess",
    "LocalSearch",
    "Method",
    "Proposal",
    "RandomSearch",
    "RegularisedEvolution",
    "SampledSearch",
    "make",
    "method_names",
    "settings_of",
]

METHODS: dict[str, Callable[..., Method]] = {
    "random": RandomSearch,
    "evolution": RegularisedEvolution,
    "local": LocalSearch,
    "global": GlobalProcess,
    "delta": DeltaEvolution,
}
"""Name -> constructor; its keywords are the method's settings. Others announce theirs as `archgraph.methods`."""
SAMPLED: dict[str, Callable[..., Method]] = {"tpe": tpe, "gp": gp, "cmaes": cmaes, "nsga2": nsga2}
"""Name -> constructor from a parametrisation of the space; its keywords are the method's settings."""


def make(
    name: str, space: Space, generator: BucketGenerator | None = None, settings: Mapping[str, Any] | None = None
) -> Method:
    """The method called `name`.

    Args:
        name: of the method.
        space: that it searches.
        generator: samplers then search its embedding space instead of the space's native choices.
        settings: of the method, as its constructor takes them.

    Raises:
        InputError: there is no such method, it has no such setting, or it does not suit the space.

    Example:
        >>> from archgraph import spaces
        >>> from search import make
        >>> type(make("evolution", spaces.get("nasbench201"), settings={"population": 20})).__name__
        'RegularisedEvolution'
    """
    if name in SAMPLED:
        checked = check_settings(f"method {name}", SAMPLED[name], settings or {}, without=("points",))
        points = Choices(space, numbered=name == "cmaes") if generator is None else Coordinates(generator)
        return SAMPLED[name](points, **checked)
    constructor = _constructor(name)
    return constructor(**check_settings(f"method {name}", constructor, settings or {}))


def _constructor(name: str) -> Callable[..., Method]:
    """What makes the method of this name, of ours or of other distributions."""
    if name in METHODS:
        return METHODS[name]
    added = plugin("methods", name)
    if added is None:
        raise InputError(f"unknown method {name[:64]!r}; choose from {', '.join(method_names())}")
    if not (isinstance(added, type) and issubclass(added, Method)):
        raise InputError(f"{name} of archgraph.methods is no class of search.Method")
    return added


def method_names() -> list[str]:
    """All methods by name, those of other distributions too (entry points of the group `archgraph.methods`)."""
    return [*METHODS, *SAMPLED, *plugin_names("methods")]


def settings_of(name: str) -> list[Setting]:
    """The settings of a method with their defaults and meaning.

    Raises:
        InputError: there is no such method, or it cannot be loaded.
    """
    if name in SAMPLED:
        return described_settings(SAMPLED[name], without=("points",))
    return described_settings(_constructor(name))
