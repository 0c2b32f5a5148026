"""The architecture parameters over time, for TensorBoard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from supernet.summaries import summary_writer


class TensorBoard:
    """Writes the softmax of every architecture parameter, its entropy and the loss, an epoch a step.

    Args:
        folder: TensorBoard's log folder.
        names: name of each row's candidates, or None to number them.

    Raises:
        InputError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path, names: Sequence[Sequence[str]] | None = None) -> None:
        self.names = names
        self.writer = summary_writer(folder)

    def __call__(self, epoch: int, loss: float, alphas: Sequence[Tensor]) -> None:
        """Write the state of one training after an epoch."""
        self.writer.add_scalar("loss", loss, epoch)
        for row, alpha in enumerate(alphas):
            shares = alpha.detach().softmax(0).cpu()
            names = self.names[row] if self.names else [str(i) for i in range(len(shares))]
            for name, value in zip(names, shares.tolist(), strict=True):
                self.writer.add_scalar(f"row{row + 1}/{name}", value, epoch)
            self.writer.add_scalar(f"entropy/row{row + 1}", float(-(shares * shares.log()).sum()), epoch)
        self.writer.flush()

    def close(self) -> None:
        """Close the log."""
        self.writer.close()
