"""Encoders that ship: their folders, by the names that stand wherever an encoder's folder does."""

from __future__ import annotations

import os
from pathlib import Path

from archgraph.persistence.folders import CONFIG

_FOLDER = Path(__file__).parent / "weights"


def shipped() -> dict[str, Path]:
    """The folders of the encoders that ship, by name."""
    return {path.parent.name: path.parent for path in sorted(_FOLDER.glob(f"*/{CONFIG}"))}


def located(folder: Path | str) -> Path:
    """The folder itself where there is one; else that of the encoder which ships under this name."""
    path = Path(folder)
    return path if os.path.exists(path) else shipped().get(str(folder), path)
