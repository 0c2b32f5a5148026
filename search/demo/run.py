"""The demo from its settings to its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archgraph.threads import torch_threads
from search.demo.demo import Demo, DemoConfig, Progress
from search.demo.report import write_report


def run_demo(config: DemoConfig, folder: Path, progress: Progress | None = None, device: str = "cpu") -> dict[str, Any]:
    """Run what is not done yet of the whole loop: encoder, buckets, FaDE-ranks, searches, report.

    Args:
        config: settings.
        folder: where everything goes; a demo that was stopped goes on there.
        progress: called with how far each stage is: (stage, done, of).
        device: where networks are trained: `auto`, `cpu` or `cuda`.

    Returns:
        `correlation`, `winners` and `histories` by method, and `report`, the path of its one page.

    Raises:
        InputError: the folder holds other things or a demo with other settings.

    Example:
        >>> from pathlib import Path
        >>> from search import DemoConfig, run_demo
        >>> run_demo(DemoConfig(), Path("demo"))["winners"]["fade"]["architecture"]  # doctest: +SKIP
    """
    demo = Demo(folder, config, progress, device)
    with torch_threads(config.threads):
        results = demo.run()
        return results | {"report": str(write_report(demo, demo.encoder(), results))}
