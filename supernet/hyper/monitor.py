"""The architecture parameters over time, for TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from supernet.summaries import summary_writer


class TensorBoard:
    """Writes the softmax of every architecture parameter, its entropy and the loss, an epoch a step.

    Args:
        folder: TensorBoard's log folder.
        names: what is ranked by each vector of architecture parameters, as rows, and names of what it ranks.

    Raises:
        InputError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path, names: Mapping[str, Sequence[str]]) -> None:
        self.names = names
        self.writer = summary_writer(folder)

    def __call__(self, epoch: int, loss: float, alphas: Sequence[Tensor]) -> None:
        """Write the state of one training after an epoch."""
        self.writer.add_scalar("loss", loss, epoch)
        for (ranked, names), alpha in zip(self.names.items(), alphas, strict=True):
            shares = alpha.detach().softmax(0).cpu()
            for name, value in zip(names, shares.tolist(), strict=True):
                self.writer.add_scalar(f"{ranked}/{name}", value, epoch)
            self.writer.add_scalar(f"entropy/{ranked}", float(-(shares * shares.log()).sum()), epoch)
        self.writer.flush()

    def close(self) -> None:
        """Close the log."""
        self.writer.close()
