"""Running a contract suite on something that breaks it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any


def broken_promises(suite: Any, tmp_path: Path) -> set[str]:
    """The tests of a suite that fail, each run by itself in an empty folder."""
    failed = set()
    for name in dir(suite):
        if name.startswith("test_"):
            test, folder = getattr(suite, name), tmp_path / f"{type(suite).__name__}.{name}"
            folder.mkdir()
            try:
                test(**({"tmp_path": folder} if "tmp_path" in inspect.signature(test).parameters else {}))
            except Exception:
                failed.add(name)
    return failed
