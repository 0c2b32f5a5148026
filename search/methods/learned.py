"""A process on the architectures of a search that is told of labels again and again at the same hyper-parameters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from encoders.delta.learners.gaussian_process import GaussianProcess
from search.architectures import Rows

Floats = NDArray[np.float64]
Reader = Callable[[Rows], NDArray[np.float32]]
"""Architectures by number [n] -> what the process sees of each, [n, F]."""
_KEPT = 1024  # architectures whose kernel is kept at most


class Learned:
    """A fitted process; what its hyper-parameters make of an architecture is computed once.

    Args:
        process: as it was fitted.
        features: of architectures.
    """

    def __init__(self, process: GaussianProcess, features: Reader) -> None:
        self.process, self._features = process, features
        self._scaled: NDArray[np.float32] = np.empty((0, len(process.lengths)), dtype=np.float32)
        self._where: Rows = np.empty(0, dtype=np.intp)  # architecture -> its row in these, -1 where it has none yet
        self._count = 0
        self._forget()

    def _forget(self) -> None:
        self._places: dict[int, int] = {}  # of labelled architectures in the inputs and the kernel
        self._inputs: Floats = np.empty((0, len(self.process.lengths)))
        self._kernel: Floats = np.empty((0, 0))

    def told(self, rows: Rows, y: Floats, noise: Floats | None) -> GaussianProcess:
        """The process that knows the labels `y` [N] of architectures [N]; noise as for `GaussianProcess.fit`."""
        new = list(dict.fromkeys(row for row in rows.tolist() if row not in self._places))
        if len(self._places) + len(new) > _KEPT:
            self._forget()
            new = list(dict.fromkeys(rows.tolist()))
        if new:
            self._add(new)
        places = np.array([self._places[row] for row in rows.tolist()], dtype=np.intp)
        return self.process.with_kernel(self._inputs[places], self._kernel[places[:, None], places], y, noise)

    def _add(self, new: list[int]) -> None:
        inputs = self.process.inputs_of(self._features(np.array(new, dtype=np.intp)))
        start, end = len(self._places), len(self._places) + len(new)
        if end > len(self._kernel):
            room = min(max(2 * len(self._kernel), end), max(_KEPT, end))
            kernel, held = np.empty((room, room)), np.empty((room, inputs.shape[1]))
            kernel[:start, :start], held[:start] = self._kernel[:start, :start], self._inputs[:start]
            self._kernel, self._inputs = kernel, held
        self._inputs[start:end] = inputs
        across = self.process.kernel(inputs, self._inputs[:end])
        self._kernel[start:end, :end], self._kernel[:end, start:end] = across, across.T
        self._places.update(zip(new, range(start, end), strict=True))

    def predict(self, process: GaussianProcess, rows: Rows) -> tuple[Floats, Floats]:
        """Mean and standard deviation at architectures [M] by a process that `told` gave, [M] each."""
        if len(rows) and (more := int(rows.max()) + 1 - len(self._where)) > 0:
            self._where = np.append(self._where, np.full(max(more, len(self._where)), -1))
        missing = rows[self._where[rows] < 0]
        if len(missing):
            self._scale(missing)
        return process.predict_scaled(self._scaled[self._where[rows]])

    def _scale(self, rows: Rows) -> None:
        start, end = self._count, self._count + len(rows)
        if end > len(self._scaled):
            scaled = np.empty((max(2 * start, end), self._scaled.shape[1]), dtype=np.float32)
            scaled[:start] = self._scaled[:start]
            self._scaled = scaled
        self._scaled[start:end] = self.process.scaled(self._features(rows))
        self._where[rows] = np.arange(start, end)
        self._count = end
