"""Arrays and tensors as a pickle describes them: a type, a shape and bytes, checked before they become numpy arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError

_KINDS = frozenset("biufc")  # numpy's booleans, integers, unsigned integers, floats and complex numbers


class DType:
    """`numpy.dtype(name)` of a pickle; its state only says the byte order."""

    def __init__(self, name: Any, *_: Any) -> None:
        try:
            self.dtype = np.dtype(name) if isinstance(name, str) and len(name) <= 16 else None
        except TypeError:
            self.dtype = None
        if self.dtype is None or self.dtype.kind not in _KINDS:
            raise InputError(f"an array of type {str(name)[:32]!r} is refused; arrays hold numbers")

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 2 or state[1] not in ("<", ">", "|", "="):
            raise InputError("an array's type has an unknown byte order")
        if self.dtype is not None:
            self.dtype = self.dtype.newbyteorder(state[1])


class Array:
    """A numpy array of a pickle. `numpy()` gives it; until then it is bytes."""

    def __init__(self, *_: Any) -> None:
        self._state: tuple[tuple[int, ...], np.dtype[Any], bool, bytes] | None = None

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise InputError("an array has an unknown form")
        _, shape, kind, fortran, data = state
        if not isinstance(kind, DType) or kind.dtype is None or not isinstance(data, bytes) or not _is_shape(shape):
            raise InputError("an array has an unknown form")
        if math.prod(shape) * kind.dtype.itemsize != len(data):
            raise InputError(f"an array of shape {str(shape)[:64]} holds {len(data)} bytes")
        self._state = shape, kind.dtype, bool(fortran), data

    def numpy(self) -> NDArray[Any]:
        """The array itself.

        Raises:
            InputError: the pickle left it without content.
        """
        if self._state is None:
            raise InputError("an array has no content")
        shape, dtype, fortran, data = self._state
        return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


def from_buffer(data: Any, kind: Any, shape: Any, order: Any = "C") -> Array:
    """An array as pickle protocol 5 writes it."""
    array = Array()
    array.__setstate__((1, shape, kind, order == "F", bytes(data) if isinstance(data, bytearray) else data))
    return array


class Storage:
    """The numbers behind tensors: `count` of them, filled in after the pickle is read."""

    def __init__(self, dtype: np.dtype[Any], count: int) -> None:
        self.dtype, self.count = dtype, count
        self.data: bytes | None = None

    def __setstate__(self, state: Any) -> None:
        raise InputError("the pickle tries to change a tensor's data")

    def fill(self, data: bytes) -> None:
        """Take the numbers.

        Raises:
            InputError: their number is not `count`.
        """
        if len(data) != self.count * self.dtype.itemsize:
            raise InputError(f"a tensor's data hold {len(data)} bytes, not {self.count} numbers")
        self.data = data


class Tensor:
    """A torch tensor of a pickle: a view of a storage. `numpy()` gives its numbers."""

    def __init__(self, storage: Any, offset: Any, shape: Any, stride: Any, *_: Any) -> None:
        whole = isinstance(storage, Storage) and _is_shape((offset,)) and _is_shape(shape) and _is_shape(stride)
        if not whole or len(shape) != len(stride):
            raise InputError("a tensor has an unknown form")
        last = offset + sum((n - 1) * s for n, s in zip(shape, stride, strict=True))
        if math.prod(shape) > storage.count or (math.prod(shape) and last >= storage.count):
            raise InputError(f"a tensor of shape {str(shape)[:64]} reaches beyond its {storage.count} numbers")
        self._storage, self._offset, self._shape, self._stride = storage, offset, shape, stride

    def __setstate__(self, state: Any) -> None:
        raise InputError("the pickle tries to change a tensor")

    def numpy(self) -> NDArray[Any]:
        """The tensor's numbers, in its shape.

        Raises:
            InputError: the file holds no data for it.
        """
        if self._storage.data is None:
            raise InputError("a tensor has no content")
        numbers = np.frombuffer(self._storage.data, self._storage.dtype)[self._offset :]
        steps = [s * numbers.itemsize for s in self._stride]
        return np.lib.stride_tricks.as_strided(numbers, self._shape, steps, writeable=False).copy()


def scalar(kind: Any, data: Any = None) -> Any:
    """One number of a numpy type, as a Python number.

    Raises:
        InputError: it is no number.
    """
    if not isinstance(kind, DType) or kind.dtype is None or not isinstance(data, bytes):
        raise InputError("a numpy number has an unknown form")
    if len(data) != kind.dtype.itemsize:
        raise InputError(f"a numpy number of {kind.dtype.itemsize} bytes holds {len(data)}")
    return np.frombuffer(data, kind.dtype)[0].item()


def _is_shape(shape: Any) -> bool:
    return isinstance(shape, tuple) and len(shape) <= 32 and all(type(n) is int and 0 <= n < 1 << 40 for n in shape)
