"""Code that files name: imported only where that was allowed.

A description of an operation may name a module of its own, `module: package.module:Class`. Files come from anyone, so
nothing is imported until whoever runs the process says that it may be: `--allow-code` on the command line,
`archgraph.allow_code()` in Python. What an installed distribution adds by entry point needs no such word.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

from archgraph.errors import InputError

REFERENCE = re.compile(r"[A-Za-z_][\w.]{0,127}:[A-Za-z_][\w.]{0,127}", re.ASCII)
"""What names code: `package.module:Class`."""
_state = {"allowed": False}


def allow_code(allowed: bool = True) -> None:
    """Let this process import the code that files name, or forbid it again.

    Example:
        >>> from archgraph import allow_code
        >>> allow_code()
        >>> allow_code(False)
    """
    _state["allowed"] = allowed


def code_is_allowed() -> bool:
    """Whether this process may import the code that files name."""
    return _state["allowed"]


def check_code(owner: str, reference: str) -> None:
    """
    Args:
        owner: who brings the code, for the error.
        reference: `package.module:Class`.

    Raises:
        InputError: code is not allowed.
    """
    if not code_is_allowed():
        raise InputError(
            f"{owner} brings code of its own, {reference}, which is not run unasked; if you trust it, give "
            "--allow-code (in Python: archgraph.allow_code())"
        )


def load_code(owner: str, reference: str) -> Any:
    """What a reference names.

    Args:
        owner: who brings it, for errors.
        reference: `package.module:Class`.

    Raises:
        InputError: code is not allowed, and nothing was imported; or there is no such thing.
    """
    check_code(owner, reference)
    package, _, name = reference.partition(":")
    try:
        found: Any = importlib.import_module(package)
        for part in name.split("."):
            found = getattr(found, part)
    except Exception as error:  # whatever a stranger's module does when it is imported
        reason = (str(error).splitlines() or [""])[0][:200]
        raise InputError(f"{owner}: cannot load {reference} ({type(error).__name__}: {reason})") from error
    return found
