"""Drawings of each new best of a search, as Optuna's artifacts, which its dashboard shows beside the trial."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from optuna.artifacts import FileSystemArtifactStore, upload_artifact
from optuna.trial import Trial

from archgraph.graph import ArchGraph
from archgraph.storages.journals import JOURNAL

_SQLITE = "sqlite:///"
_SUFFIX = "-artifacts"


class Pictures:
    """Draws architectures that are better than all before them.

    Args:
        folder: of the artifacts, as the dashboard is given it with `--artifact-dir`; made when there is one.

    Example:
        >>> import tempfile, optuna
        >>> import numpy as np
        >>> from archgraph import spaces
        >>> from search.pictures import Pictures
        >>> graph = spaces.get("macro").from_native("01201201")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     pictures, trial = Pictures(Path(folder)), optuna.create_study().ask()
        ...     pictures.keep(trial, graph, np.array([1.0]), np.array([[2.0], [np.nan]]))
        ...     len(list(Path(folder).iterdir()))
        1
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, trial: Trial, graph: ArchGraph, losses: NDArray[np.float64], before: NDArray[np.float64]) -> None:
        """Draw an architecture into its running trial, if no other is as good.

        Args:
            trial: has been evaluated, and is not closed yet.
            graph: its architecture.
            losses: its own, less is better, [objectives].
            before: those of all other trials, [n, objectives]; NaN where there are none.
        """
        if (before <= losses).all(axis=1).any():
            return
        from archgraph.drawing.graphs import draw_graphs
        from archgraph.reports.figures import save

        self.folder.mkdir(exist_ok=True)
        store = FileSystemArtifactStore(str(self.folder))
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "architecture.png"
            save(draw_graphs([graph], [f"trial {trial.number}"]), path)
            upload_artifact(artifact_store=store, file_path=str(path), study_or_trial=trial)


def beside(storage: object) -> Path | None:
    """The folder of artifacts beside a storage that is a file, by its URL; None for others."""
    for kind in (_SQLITE, JOURNAL):
        if isinstance(storage, str) and storage.startswith(kind) and not storage.endswith(":memory:"):
            file = Path(storage.removeprefix(kind).partition("?")[0])
            return file.with_name(file.stem + _SUFFIX) if file.name else None
    return None
