"""A JSON file, with limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archgraph.errors import InputError
from archgraph.persistence.files import check_plain
from archgraph.persistence.plain_json import once_each

MAX_FILE = 1 << 30  # bytes


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


def read_json(path: Path, constant: Callable[[str], object] = _no_constant) -> Any:
    """The content of a JSON file.

    Args:
        path: the file.
        constant: what NaN, Infinity and -Infinity become, which are no JSON; by default they are refused.

    Raises:
        InputError: the file is missing, too large or no JSON.
    """
    check_plain(path)
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputError(f"{path}: a JSON file of more than {MAX_FILE >> 20} MiB is not read")
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=constant, object_pairs_hook=once_each)
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON ({error})") from error
