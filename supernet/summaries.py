"""TensorBoard's log, where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from archgraph.errors import InputError


def summary_writer(folder: Path) -> Any:
    """TensorBoard's writer into its log folder.

    Raises:
        InputError: TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise InputError("TensorBoard is not installed; pip install 'archgraph[tensorboard]'") from None
    return SummaryWriter(str(folder))
