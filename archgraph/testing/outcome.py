"""What a call comes to: a value, or a refusal in one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from archgraph.errors import InputError

T = TypeVar("T")
LONGEST = 3000
"""Characters of the longest refusal."""


def outcome(call: Callable[[], T]) -> tuple[T | None, str]:
    """What `call` returns and "", or None and the text of the `InputError` that it raises.

    Any other error goes on to the caller.

    Raises:
        AssertionError: the text is no single line that a user can read.

    >>> outcome(lambda: 1)
    (1, '')
    """
    try:
        return call(), ""
    except InputError as error:
        text = str(error)
        assert 0 < len(text) <= LONGEST, f"a refusal has 1 to {LONGEST} characters, but got {len(text)}"
        assert "\n" not in text, f"a refusal is one line, but got {text!r}"
        return None, text
