"""Pickles from others, read without running anything in them.

A pickle is a program that may call any function. Here it may name only what `_CALLS` lists, and every name there
stands for a function of this file: containers become plain ones, arrays and tensors become `Array` and `Tensor`, which
hold their bytes until asked. Whatever else a pickle names is refused by name.

Admitted are plain pickles, bz2-compressed ones (.pickle.pbz2), and torch's files, both zip archives and the older
form. Unpacked they may take `unpacked_limit` bytes, their objects `object_limit`, copies included, and keys are hashed
in bounded time, so that a small hostile file can neither fill the memory nor run for ever.
"""

from __future__ import annotations

import bz2
import pickle
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sized
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError
from archgraph.formats.containers.arrays import Array, DType, Storage, Tensor, from_buffer, scalar
from archgraph.formats.containers.hashing import SHARED, check_hashing
from archgraph.formats.containers.opcodes import object_limit, walk
from archgraph.persistence.files import check_plain

_ITEM, _OBJECT = 40, 64  # bytes that an item of a copied container takes, and what is called at least
_MAGIC = 0x1950A86A20F9469CFC6C  # the first pickle of torch's older files


def unpacked_limit(path: Path) -> int:
    """Bytes that `path` may unpack to: 64 MiB and 256 times its size, at most 16 GiB."""
    return min(1 << 34, (1 << 26) + 256 * path.stat().st_size)


def load(path: Path | str) -> Any:
    """The object in a pickle, .pickle.pbz2 or torch file; containers, numbers, strings, `Array` and `Tensor` only.

    Raises:
        InputError: the file is missing, damaged or too large unpacked, or names anything but the above.
    """
    path = Path(path)
    check_plain(path)
    try:
        return _load(path)
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (ArithmeticError, AttributeError, EOFError, ImportError, IndexError, KeyError, MemoryError) as error:
        raise InputError(f"{path}: not a readable pickle ({_line(error)})") from error
    except (OSError, RuntimeError, TypeError, ValueError, pickle.UnpicklingError) as error:
        raise InputError(f"{path}: not a readable pickle ({_line(error)})") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise InputError(f"{path}: not a readable archive ({_line(error)})") from error


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _load(path: Path) -> Any:
    with path.open("rb") as file:
        start = file.read(16)
    limit = unpacked_limit(path)
    if start.startswith(b"PK"):
        return _load_zip(path, limit)
    if start.startswith(b"BZh"):
        return _loads(_unpack_bz2(path, limit), _Room(path))[0]
    return _load_plain(memoryview(np.memmap(path, mode="r").data if start else b""), _Room(path))


def _unpack_bz2(path: Path, limit: int) -> bytes:
    with bz2.open(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise InputError(f"unpacks to more than {limit:,} bytes; it is refused as a decompression bomb")
    return data


def _load_zip(path: Path, limit: int) -> Any:
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename.partition("/")[2]: entry for entry in archive.infolist()}
        if sum(entry.file_size for entry in archive.infolist()) > limit:
            raise InputError(f"unpacks to more than {limit:,} bytes; it is refused as a decompression bomb")
        if "data.pkl" not in entries:
            raise InputError("the archive holds no data.pkl, so it is not one of torch's")
        if "byteorder" in entries and archive.read(entries["byteorder"]) != b"little":
            raise InputError("the archive is not in little-endian order")
        storages: dict[str, Storage] = {}
        value = _loads(archive.read(entries["data.pkl"]), _Room(path), storages)[0]
        for key, storage in storages.items():
            entry = entries.get(f"data/{key}")
            if entry is None:
                raise InputError(f"the archive lacks the tensor data {key[:64]!r}")
            storage.fill(archive.read(entry))
    return value


def _load_plain(data: memoryview, room: _Room) -> Any:
    """A plain pickle, or torch's older form: magic, version, system, object, keys and the tensors' data."""
    storages: dict[str, Storage] = {}
    value, position = _loads(data, room, storages)
    if value != _MAGIC:
        return value
    for _ in range(2):
        _, position = _loads(data, room, storages, position)
    value, position = _loads(data, room, storages, position)
    keys, position = _loads(data, room, storages, position)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise InputError("the keys of the tensor data are no texts")
    for key in keys:
        count = int.from_bytes(data[position : position + 8], "little")
        storage = storages[key]
        size = count * storage.dtype.itemsize
        if count != storage.count or position + 8 + size > len(data):
            raise InputError(f"the tensor data {str(key)[:64]!r} are cut short")
        storage.fill(bytes(data[position + 8 : position + 8 + size]))
        position += 8 + size
    return value


class _Room:
    """Bytes that what is made of a file may still take."""

    def __init__(self, path: Path) -> None:
        self.left = object_limit(path.stat().st_size)

    def take(self, size: int) -> None:
        """Take some.

        Raises:
            InputError: there are none left.
        """
        self.left -= size
        if self.left < 0:
            raise InputError("the pickle makes copies without end; it is refused as a bomb")


def _loads(data: Any, room: _Room, storages: dict[str, Storage] | None = None, start: int = 0) -> tuple[Any, int]:
    """The object of the pickle at `start`, and the position after it."""
    end, shared = walk(data, start, room.left)
    part = memoryview(data)[start:end]
    if shared > SHARED:
        check_hashing(part)
    unpickler = _Unpickler(_Reader(part), encoding="latin1")
    unpickler.storages, unpickler.room = {} if storages is None else storages, room
    return unpickler.load(), end


class _Reader:
    """A file over a buffer that copies only what is read."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._position = data, 0

    def read(self, size: int) -> bytes:
        part = self._data[self._position : self._position + max(size, 0)]
        self._position += len(part)
        return bytes(part)

    def readline(self) -> bytes:
        part = bytes(self._data[self._position : self._position + 4096])
        line = part[: part.find(b"\n") + 1]
        self._position += len(line)
        return line

    def readinto(self, buffer: memoryview) -> int:
        part = self._data[self._position : self._position + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)


class _Admitted:
    """A function that a pickle may call; a pickle can do nothing else with it. What it is given may be copied."""

    __slots__ = ("_call", "_room", "name")

    def __init__(self, name: str, call: Callable[..., Any], room: _Room) -> None:
        self.name, self._call, self._room = name, call, room

    def __call__(self, *arguments: Any) -> Any:
        self._room.take(_OBJECT + sum(_ITEM * len(value) for value in arguments if isinstance(value, Sized)))
        return self._call(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise InputError(f"the pickle tries to change {self.name}")


class _Unpickler(pickle.Unpickler):
    storages: dict[str, Storage]
    room: _Room

    def find_class(self, module: str, name: str) -> Any:
        call = _CALLS.get(f"{module}.{name}")
        if call is None:
            raise InputError(
                f"the pickle asks for {f'{module}.{name}'[:128]!r}, which is refused; it holds more than data"
            )
        return _Admitted(name, call, self.room)

    def persistent_load(self, pid: Any) -> Storage:
        if not (isinstance(pid, tuple) and len(pid) in (5, 6) and pid[0] == "storage"):
            raise InputError("the pickle refers to something outside itself that is no tensor")
        kind, key, count = pid[1], pid[2], pid[4]
        if not isinstance(key, str):
            raise InputError("the pickle names the data of a tensor by something that is no text")
        if not isinstance(kind, _Admitted) or kind.name not in _STORAGES or not isinstance(count, int) or count < 0:
            raise InputError("the pickle refers to a tensor of an unknown type")
        if len(pid) == 6 and pid[5] is not None:
            raise InputError("the pickle refers to a view of a tensor's data, which is not read")
        return self.storages.setdefault(key, Storage(np.dtype(_STORAGES[kind.name]), count))


def _dict(*arguments: Any) -> dict[Any, Any]:
    """dict(), OrderedDict() or defaultdict(factory): a plain dictionary."""
    pairs = [a for a in arguments if isinstance(a, Mapping | list | tuple)]
    return dict(*pairs)


def _bytes(text: Any = "", encoding: Any = "latin1") -> bytes:
    """`_codecs.encode`, as older pickles write bytes; bytes() and bytearray() of text or bytes."""
    if isinstance(text, bytes):
        return text
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise InputError("the pickle encodes text in an unusual way")
    return text.encode("latin1")


def _sequence(kind: Callable[[Any], Any]) -> Callable[..., Any]:
    def build(values: Any = ()) -> Any:
        if not isinstance(values, list | tuple | set | frozenset | dict):
            raise InputError("the pickle makes a container of something that is none")
        return kind(values)

    return build


def _number(kind: Callable[..., Any]) -> Callable[..., Any]:
    def build(*values: Any) -> Any:
        if not all(isinstance(v, int | float) for v in values):
            raise InputError("the pickle makes a number of something that is none")
        return kind(*values)

    return build


def _marker(*_: Any) -> Any:
    raise InputError("the pickle calls a type that only serves as a mark")


_STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
_CALLS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _dict,
    "collections.defaultdict": _dict,
    "_codecs.encode": _bytes,
    "numpy.ndarray": _marker,
    "numpy.dtype": DType,
    "torch._utils._rebuild_tensor_v2": Tensor,
    "torch._utils._rebuild_tensor": Tensor,
    "torch._utils._rebuild_parameter": lambda tensor, *_: tensor,
    "torch.Size": _sequence(tuple),
    **{f"{m}._reconstruct": Array for m in ("numpy.core.multiarray", "numpy._core.multiarray")},
    **{f"{m}._frombuffer": from_buffer for m in ("numpy.core.numeric", "numpy._core.numeric")},
    **{f"{m}.scalar": scalar for m in ("numpy.core.multiarray", "numpy._core.multiarray")},
    **{f"torch.{name}": _marker for name in _STORAGES},
}
for _module in ("builtins", "__builtin__"):
    _CALLS |= {f"{_module}.{kind.__name__}": _sequence(kind) for kind in (list, tuple, set, frozenset)}
    _CALLS |= {f"{_module}.{kind.__name__}": _number(kind) for kind in (int, float, bool, complex)}
    _CALLS |= {f"{_module}.dict": _dict, f"{_module}.bytes": _bytes, f"{_module}.bytearray": _bytes}


def values(item: Any) -> NDArray[np.float64]:
    """A number, array, tensor or list of numbers, flat, as float64.

    Raises:
        InputError: it is something else.
    """
    if isinstance(item, Array | Tensor):
        item = item.numpy()
    if isinstance(item, list | tuple) and not all(isinstance(part, int | float | np.generic) for part in item):
        raise InputError("a list of numbers is needed, but got one of something else")
    try:
        return np.asarray(item, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"a number is needed, but got {type(item).__name__}") from error
