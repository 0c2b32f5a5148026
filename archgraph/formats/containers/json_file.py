"""A JSON file, with limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archgraph.errors import InputError

MAX_FILE = 1 << 30  # bytes


def read_json(path: Path) -> Any:
    """The content of a JSON file; NaN and Infinity are refused.

    Raises:
        InputError: the file is missing, too large or no JSON.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputError(f"{path}: a JSON file of more than {MAX_FILE >> 20} MiB is not read")
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON ({error})") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
