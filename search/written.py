"""What commands write of a search, read: settings, and how what is searched is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archgraph.checks import check_once
from archgraph.errors import InputError
from archgraph.persistence.plain_yaml import parse_yaml
from search.objectives.limits import read_limits


def inheriting(objective: str) -> str:
    """The objective that trains from inherited weights instead of new ones.

    Raises:
        InputError: it trains nothing.
    """
    name, _, data = objective.partition(":")
    if name not in ("train", "tune"):
        raise InputError(
            f"weights are inherited where members are trained, as in train:digits, but got {objective[:64]!r}"
        )
    return f"tune:{data}"


def read_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Settings written NAME=VALUE.

    Raises:
        InputError: one is written otherwise, or is given twice.
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise InputError(f"a setting is written NAME=VALUE, but got {pair[:64]!r}")
        check_once(name, settings)
        try:
            settings[name] = parse_yaml(value)
        except InputError as error:
            raise InputError(f"setting {name[:64]!r} is no value in YAML: {value[:64]!r} ({error})") from error
    return settings


def training_settings(
    recipe: Sequence[str],
    network: Sequence[str],
    limits: Sequence[str],
    epochs: int | None = None,
    augment: bool = False,
    precision: str | None = None,
    fidelities: Sequence[str] = (),
) -> dict[str, dict[Any, Any]]:
    """What a command says of trainings, as `Problem.of` takes it.

    Args:
        recipe, network, limits: written NAME=VALUE.
        epochs, augment, precision: entries of the recipe that have options of their own.
        fidelities: written EPOCHS=METRIC.

    Raises:
        InputError: one is written otherwise, or an entry of the recipe is given twice.
    """
    own = {"epochs": epochs, "augment": augment or None, "precision": precision}
    entries, given = read_settings(recipe), {name: value for name, value in own.items() if value is not None}
    if twice := sorted(entries.keys() & given.keys()):
        raise InputError(f"{twice[0]} is given twice, by --{twice[0]} and by --recipe; give one of them")
    return {
        "recipe": entries | given,
        "network_settings": read_settings(network),
        "limits": read_limits(limits),
        "fidelities": _read_fidelities(fidelities),
    }


def _read_fidelities(pairs: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for pair in pairs:
        epochs, _, name = pair.partition("=")
        if not (epochs.isascii() and epochs.isdigit() and len(epochs) < 10 and name):
            raise InputError(f"a fidelity is written EPOCHS=METRIC, as in 12=val_12, but got {pair[:64]!r}")
        check_once(int(epochs), found)
        found[int(epochs)] = name
    return found
