"""The lower end of each range in pyproject.toml, as constraints for pip.

python .ci/lowest.py > build/lowest.txt
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
RANGE = re.compile(r"(?P<name>[\w.-]+)(\[[^]]*])?\s*>=\s*(?P<lower>[\w.]+)(,.*)?")


def lowest(requirements: Iterable[str]) -> Iterator[str]:
    """`name==lower end` of each requirement that has a lower end.

    Args:
        requirements: as PEP 508 writes them, `numpy>=2.1`.
    """
    for requirement in requirements:
        if found := RANGE.fullmatch(requirement.strip()):
            yield f"{found['name']}=={found['lower']}"


def main() -> int:
    """Print the constraints of what the package and its tests need."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    used = [
        *project["dependencies"],
        *(line for name in ("onnx", "search", "tensorboard", "test") for line in extras[name]),
    ]
    print(*lowest(used), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
