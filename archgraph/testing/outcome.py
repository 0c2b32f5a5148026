"""What a call comes to: a value, or a refusal in one line, as every `InputError` is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from archgraph.errors import InputError

T = TypeVar("T")


def outcome(call: Callable[[], T]) -> tuple[T | None, str]:
    """What `call` returns and "", or None and the text of the `InputError` that it raises.

    Any other error goes on to the caller.

    Raises:
        AssertionError: the text is empty.

    >>> outcome(lambda: 1)
    (1, '')
    """
    try:
        return call(), ""
    except InputError as error:
        text = str(error)
        assert text.strip(), "a refusal says why, but its text is empty"
        return None, text
