"""Which archgraph wrote a file: one from the future may mean other things by the same words."""

from __future__ import annotations

import re

from archgraph.checks import shown
from archgraph.errors import InputError

_VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[.+a-z][.+a-z0-9]{0,32})?")


def check_version(where: object, written: object, today: str) -> None:
    """Refuse what a later version wrote.

    Args:
        where: it lies, for the error.
        written: the version that it says wrote it.
        today: the version that reads it.

    Raises:
        InputError: it is later, or no version.

    Example:
        >>> from archgraph.persistence.versions import check_version
        >>> check_version("encoder", "0.1.0", today="0.2.0")
    """
    if not isinstance(written, str) or not _VERSION.fullmatch(written):
        raise InputError(f"{where} says that version {shown(written)} wrote it, which is none; copy it again")
    if _numbers(written) > _numbers(today):
        raise InputError(f"{where} was written by archgraph {written}, and this is {today}; install that version")


def _numbers(version: str) -> tuple[int, ...]:
    found = _VERSION.fullmatch(version)
    return tuple(map(int, found.groups())) if found else ()
