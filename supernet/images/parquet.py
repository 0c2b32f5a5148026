"""Tables of pictures in Parquet: Hugging Face's image layout, with whatever names its columns have.

What a file would unpack to is held against its size and the memory before Arrow unpacks it; pictures stay encoded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from archgraph.errors import InputError
from archgraph.persistence.plain_json import parse_json
from archgraph.table.parquet import text_values
from archgraph.table.parquet_footer import chunks
from archgraph.texts import printable
from supernet.images.listing import PARTS, TRAIN, LabelledPictures, Listing, part_called, some
from supernet.images.memory import available_memory
from supernet.images.pictures import EncodedPicture

IMAGE_NAMES = ("image", "images", "img", "picture", "photo", "pixel_values", "jpg", "png")
LABEL_NAMES = ("label", "labels", "class", "class_label", "category", "target", "fine_label", "y")
MAX_RATIO = 64
"""How much larger than itself a file may unpack; encoded pictures hardly shrink."""
SMALL = 1 << 22
"""Bytes that any file may unpack to."""


@dataclass(frozen=True)
class TablePicture:
    """A picture in a column of a table."""

    column: pa.ChunkedArray
    row: int
    file: Path

    def read_bytes(self) -> bytes:
        """Its encoded bytes.

        Raises:
            OSError: the table has only its path.
        """
        data = self.column[self.row].as_py()
        if data is None:
            raise OSError("the table has no bytes of it")
        return bytes(data)

    def __str__(self) -> str:
        return f"{self.file}, row {self.row}"


def read_parquet(folder: Path) -> Listing:
    """The pictures of a folder's Parquet files: `train*.parquet`, `validation*.parquet`, `test*.parquet`.

    They may lie in folders below, be called after their folder, and have parts by any usual name; files without parts
    are one part. The image column is the one of encoded bytes; labels are whole numbers or texts.

    Raises:
        InputError: a file is missing, malformed, or unpacks to too much; no column or several could be meant; or a
            label is missing. The text names it.
    """
    files, notes = _files(folder)
    parts: dict[str, LabelledPictures] = {}
    first: tuple[Path, tuple[str, str], Sequence[str] | None] | None = None
    for part, found in files.items():
        pictures: list[EncodedPicture] = []
        labels: list[Any] = []
        for file in found:
            columns, names, more = _read(file)
            first = first or (file, columns, names)
            if columns != first[1]:
                raise InputError(f"{file}: its columns are not those of {first[0]}")
            if names != first[2]:
                raise InputError(f"{file}: its classes are called otherwise than those of {first[0].name}")
            pictures += more.pictures
            labels += more.labels
        if not pictures:
            raise InputError(f"{found[0]} has no rows")
        parts[part] = LabelledPictures(pictures, labels)
    if len({type(label) for part in parts.values() for label in part.labels}) > 1:
        raise InputError(f"{folder}: labels are texts in one file and numbers in another")
    assert first is not None
    image, label = first[1]
    notes += () if (image, label) == ("image", "label") else (f"columns {printable(image)} and {printable(label)}",)
    return Listing(folder, parts, first[2], notes)


def _files(folder: Path) -> tuple[dict[str, list[Path]], tuple[str, ...]]:
    """The files of each part."""
    if not folder.is_dir():
        raise InputError(f"no folder {folder}; hf:DIR names one with train.parquet and test.parquet")
    every = [
        file
        for file in sorted(folder.rglob("*.parquet"))
        if not any(name.startswith(".") for name in file.relative_to(folder).parts)
    ]
    parts = {file: _part_of(file, folder) for file in every}
    tables = sorted({_table_of(file, folder) for file, part in parts.items() if part is not None})
    if len(tables) > 1:
        several = some([str(table) for table in tables])
        raise InputError(f"{folder} holds several data sets ({several}); name the folder of one")
    if not tables and every and len({file.parent for file in every}) == 1:
        return {TRAIN: every}, ()
    found = {part: [file for file in every if parts[file] == part] for part in PARTS}
    if not found[TRAIN]:
        raise InputError(f"no train.parquet in {folder}; hf:DIR names a folder with train.parquet and test.parquet")
    passed = [file for file in every if parts[file] is None]
    notes = (f"passed over files of no part ({some([file.name for file in passed])})",) if passed else ()
    return {part: files for part, files in found.items() if files}, notes


def _part_of(file: Path, folder: Path) -> str | None:
    named = {part_called(word) for word in re.split(r"[-_.\s]", file.stem)} - {None}
    if len(named) == 1:
        return named.pop()
    return part_called(file.parent.name) if file.parent != folder and not named else None


def _table_of(file: Path, folder: Path) -> Path:
    parent = file.parent
    return (parent.parent if parent != folder and part_called(parent.name) else parent).relative_to(folder)


def _read(file: Path) -> tuple[tuple[str, str], Sequence[str] | None, LabelledPictures]:
    """The columns that were read, the names of their numbers, and the pictures of one file."""
    try:
        unpacked, most = _sizes(file)
        with file.open("rb") as raw, pq.ParquetFile(raw, page_checksum_verification=True) as opened:
            schema = opened.schema_arrow
            image, label = _image_column(file, schema), _label_column(file, schema)
            nested = pa.types.is_struct(schema.field(image).type)
            columns: list[pa.Array] = []
            labels: list[Any] = []
            taken = 0
            rows = min(max(available_memory() // 4 // max(unpacked, 1), 1), 256)  # if each were all that is unpacked
            for batch in opened.iter_batches(rows, columns=[f"{image}.bytes" if nested else image, label]):
                taken += batch.nbytes
                if taken > most:
                    raise InputError(_too_large(file))
                columns.append(pc.struct_field(batch[image], "bytes") if nested else batch[image])
                labels += _labels(file, label, batch[label], len(labels))
        column = pa.chunked_array(columns) if columns else []
    except InputError:
        raise
    except (OSError, pa.ArrowException, KeyError, ValueError, TypeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{file}: cannot be read as a table of images ({reason})") from error
    pictures = [TablePicture(column, row, file) for row in range(len(labels))]
    return (image, label), _class_names(schema, label), LabelledPictures(pictures, labels)


def _sizes(file: Path) -> tuple[int, int]:
    """Bytes that a file says it unpacks to, and as many as it may.

    Raises:
        InputError: it unpacks to more, or has more rows than bytes.
    """
    size, unpacked, rows = file.stat().st_size, 0, Counter[str]()
    for chunk in chunks(file):
        unpacked += chunk.size
        rows[chunk.path] += chunk.values
    most = min(max(MAX_RATIO * size, SMALL), available_memory() // 2)
    if unpacked > most or max(rows.values(), default=0) > size:
        raise InputError(_too_large(file))
    return unpacked, most


def _too_large(file: Path) -> str:
    return (
        f"{file} of {file.stat().st_size:,} bytes unpacks to more than a set of images of that size, or "
        "than fits into memory; folder:DIR holds sets of any size"
    )


def _image_column(file: Path, schema: pa.Schema) -> str:
    def encoded(kind: pa.DataType) -> bool:
        if pa.types.is_struct(kind):
            return any(f.name == "bytes" and _is_binary(f.type) for f in kind)
        return _is_binary(kind)

    return _one_of(file, "image", [f.name for f in schema if encoded(f.type)], IMAGE_NAMES, schema)


def _label_column(file: Path, schema: pa.Schema) -> str:
    candidates = [f.name for f in schema if _is_label(f.type)]
    return _one_of(file, "label", candidates, LABEL_NAMES, schema)


def _one_of(file: Path, what: str, candidates: list[str], known: Sequence[str], schema: pa.Schema) -> str:
    """The only candidate, or the only one with a known name.

    Raises:
        InputError: none or several; the text lists them.
    """
    named = [name for name in candidates if name.lower() in known]
    chosen = named if len(named) == 1 else [] if named else candidates
    if len(chosen) == 1 and schema.names.count(chosen[0]) == 1:
        return chosen[0]
    if not candidates:
        kinds = some([f"{f.name}: {f.type}" for f in schema])
        raise InputError(
            f"{file}: expected the columns image: struct<bytes, path> and label: int64, or others of such "
            f"kinds, but no {what} is among {kinds}"
        )
    raise InputError(
        f"{file}: several columns could be the {what} ({some(named or candidates)}); call one {what}, or "
        "drop the others"
    )


def _is_binary(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_label(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
    )


def _labels(file: Path, name: str, column: pa.Array, start: int) -> list[Any]:
    if column.null_count:
        row = start + pc.index(column.is_null(), True).as_py()
        raise InputError(f"{file}, row {row}: the label is missing")
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_boolean(kind):
        return [int(value) for value in column.to_pylist()]
    if pa.types.is_integer(kind):
        return column.cast(pa.int64()).to_pylist()
    return text_values(file, name, pa.chunked_array([column])).to_pylist()


def _class_names(schema: pa.Schema, label: str) -> list[str] | None:
    """The names of Hugging Face's `ClassLabel`, in the schema's metadata; None without."""
    try:
        found = parse_json((schema.metadata or {})[b"huggingface"])["info"]["features"][label]
        names = found["names"] if found["_type"] == "ClassLabel" else None
    except (KeyError, TypeError, ValueError):
        return None
    sound = isinstance(names, list) and names and all(isinstance(n, str) and n.isprintable() for n in names)
    return names if sound else None
