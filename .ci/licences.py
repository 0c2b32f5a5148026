"""Writes LICENCES.md: what is installed beside archgraph, and under which licence, as the distributions themselves say.

python .ci/licences.py            # in an environment made with constraints.txt
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
EXTRAS = ("onnx", "search", "tensorboard")
HEAD = """# Licences of what archgraph stands on

Nothing of others is part of archgraph's own files. This is what is installed beside it on Linux by `pip install -c
constraints.txt archgraph[onnx,search,tensorboard]`, each with the licence that it states itself.
`python .ci/licences.py` writes this file, and a test holds it against what is installed.

| distribution | licence |
|---|---|
"""


def needed(name: str, extras: tuple[str, ...] = ()) -> dict[str, Distribution]:
    """Every distribution that one needs here with these extras, and those that they need, by normalised name."""
    found: dict[str, Distribution] = {}
    waiting = [(name, extras)]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[canonicalize_name(name)] = known = distribution(name)
        except PackageNotFoundError:  # of another platform
            continue
        for text in known.requires or ():
            one = Requirement(text)
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                waiting.append((one.name, tuple(sorted(one.extras))))
    del found["archgraph"]
    return found


def licence(of: Distribution) -> str:
    """What a distribution says of its licence: an SPDX expression, or else its classifiers, or else its first words."""
    said = of.metadata
    if expression := said.get("License-Expression"):
        return expression
    classified = [
        line.rpartition(" :: ")[2] for line in said.get_all("Classifier", []) if line.startswith("License ::")
    ]
    if classified and classified != ["OSI Approved"]:
        return ", ".join(classified)
    lines = (said.get("License") or "").strip().splitlines()
    return re.sub(r"[|\s]+", " ", lines[0]).strip()[:80] if lines else "not stated"


def page(installed: dict[str, Distribution]) -> str:
    """The text of LICENCES.md."""
    rows = [f"| {name} | {licence(of)} |" for name, of in sorted(installed.items())]
    return HEAD + "\n".join(rows) + "\n"


def main() -> int:
    """Write the file."""
    (ROOT / "LICENCES.md").write_text(page(needed("archgraph", EXTRAS)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
