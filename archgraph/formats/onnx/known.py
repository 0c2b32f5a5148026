"""What is known of an ONNX value before the network runs, and of the inputs of a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Sizes = tuple[int | None, ...]
UNKNOWN = int(np.iinfo(np.int64).min)
"""Stands for a dimension that is not known among the numbers of a shape."""


@dataclass(frozen=True)
class Known:
    """What is known of a value.

    Args:
        shape: its dimensions, None for those that are not known; None where not even their number is.
        numbers: its numbers.
    """

    shape: Sizes | None = None
    numbers: NDArray[Any] | None = None

    @property
    def rank(self) -> int | None:
        """Number of dimensions."""
        return None if self.shape is None else len(self.shape)

    @classmethod
    def of(cls, numbers: NDArray[Any]) -> Known:
        """A value whose numbers are known."""
        return cls(numbers.shape, numbers)

    def completed(self, said: Sizes) -> Known:
        """With what a file says of its shape, where that is not known."""
        if self.shape is None:
            return Known(said)
        if self.numbers is not None or len(self.shape) != len(said):
            return self
        return Known(tuple(other if size is None else size for size, other in zip(self.shape, said, strict=True)))


NOT_KNOWN = Known()
"""Of a value of which nothing is known."""


class NodeCall:
    """A node's inputs and attributes; what older versions have as an attribute and newer as an input is found."""

    def __init__(self, inputs: Sequence[Known | None], attributes: Mapping[str, Any]) -> None:
        self.inputs, self.attributes = inputs, attributes

    def shape(self, i: int = 0) -> Sizes | None:
        found = self.inputs[i] if i < len(self.inputs) else None
        return None if found is None else found.shape

    def rank(self, i: int = 0) -> int:
        return len(sure(self.shape(i)))

    def whole(self, name: str, default: int) -> int:
        return int(self.attributes.get(name, default))

    def numbers(self, name: str, i: int) -> list[int] | None:
        """Whole numbers, of an attribute or of input i; None where they are not given.

        Raises:
            ValueError: they are given, but not known.
        """
        if name in self.attributes:
            return [int(v) for v in self.attributes[name]]
        found = self.inputs[i] if i < len(self.inputs) else None
        if found is None:
            return None
        if found.numbers is None:
            raise ValueError(name)
        return [int(v) for v in found.numbers.reshape(-1).tolist()]


def sure(shape: Sizes | None) -> Sizes:
    """A shape of as many dimensions as are known.

    Raises:
        ValueError: not even their number is.
    """
    if shape is None:
        raise ValueError("a shape is not known")
    return shape
