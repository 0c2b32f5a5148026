"""Checks of numbers and choices that come as arguments or settings: what makes no sense is named in one line."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable
from numbers import Integral, Real
from typing import Any, TypeGuard

from archgraph.errors import InputError


def check_whole(least: int, most: int | None = None, /, **values: object) -> None:
    """Check that each value is a whole number from `least`, to `most` where that is given.

    Raises:
        InputError: one is not; the text names it.
    """
    for name, value in values.items():
        if not _is_whole(value) or value < least or (most is not None and value > most):
            end = "" if most is None else f" to {most}"
            raise InputError(f"{name} is a whole number from {least}{end}, but got {shown(value)}")


def check_positive(**values: object) -> None:
    """Check that each value is a finite number above 0.

    Raises:
        InputError: one is not; the text names it.
    """
    for name, value in values.items():
        if not _is_finite(value) or value <= 0:
            raise InputError(f"{name} is a positive number, but got {shown(value)}")


def check_not_negative(**values: object) -> None:
    """Check that each value is a finite number from 0.

    Raises:
        InputError: one is not; the text names it.
    """
    for name, value in values.items():
        if not _is_finite(value) or value < 0:
            raise InputError(f"{name} is a number from 0, but got {shown(value)}")


def check_share(**values: object) -> None:
    """Check that each value lies between 0 and 1, neither of them included.

    Raises:
        InputError: one does not; the text names it.
    """
    for name, value in values.items():
        if not _is_finite(value) or not 0 < value < 1:
            raise InputError(f"{name} lies between 0 and 1, but got {shown(value)}")


def check_choice(choices: Iterable[str], **values: object) -> None:
    """Check that each value is one of `choices`.

    Raises:
        InputError: one is not; the text names it and lists them.
    """
    known = list(choices)
    for name, value in values.items():
        if value not in known:
            raise InputError(f"{name} is one of {', '.join(known)}, but got {shown(value)}")


def check_once(name: object, given: Container[object]) -> None:
    """Check that what is given by name is not among what is given already.

    Raises:
        InputError: it is; the text names it.
    """
    if name in given:
        raise InputError(f"{shown(name)} is given twice; give it once")


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_finite(value: object) -> TypeGuard[float]:
    number: Any = value if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    return bool(-math.inf < number < math.inf)


def shown(value: object) -> str:
    """A value in an error: one line of at most 64 characters, in quotes if it is a text."""
    return (repr(value) if isinstance(value, str) else " ".join(str(value).split()))[:64]
