"""Attributes that are read from a file when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

_Read = TypeVar("_Read")


class Pending(Generic[_Read]):
    """A value that is not read yet.

    Args:
        read: gives the value; called once, when the value is first asked for.
    """

    def __init__(self, read: Callable[[], _Read]) -> None:
        self.read = read


class Deferred(Generic[_Read]):
    """A field of a dataclass that takes its value, or a `Pending` one that is read when it is first asked for.

    >>> @dataclass(frozen=True)
    ... class Report:
    ...     text: Deferred[str] = Deferred()
    >>> Report(Pending(Path("report.txt").read_text))  # opens no file before `.text` does
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name, self._key = name, f"_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> Deferred[_Read]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> _Read: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            raise AttributeError(self._name)  # so that a dataclass takes it for a field without a default
        value = instance.__dict__[self._key]
        if isinstance(value, Pending):
            value = instance.__dict__[self._key] = value.read()
        return value

    def __set__(self, instance: object, value: _Read | Pending[_Read]) -> None:
        instance.__dict__[self._key] = value
