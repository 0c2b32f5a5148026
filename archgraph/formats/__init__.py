"""Foreign formats by name: what `archgraph import` reads. Each is a file of its own, imported when it is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from archgraph.errors import InputError
from archgraph.table.table import ArchTable


@dataclass(frozen=True)
class Format:
    """A format that `archgraph import` reads.

    Args:
        reader: module and function that read its sources into a table.
        description: one line.
        several: whether one call takes several sources; otherwise each is read by itself.
        options: keyword arguments that the function takes.
        parts: module and function that give the same table some rows at a time; none for most.
    """

    reader: str
    description: str
    several: bool = True
    options: tuple[str, ...] = ()
    parts: str | None = None

    def read(self, sources: Sequence[str], **options: Any) -> ArchTable:
        """All sources as one table; `options` are those of the format.

        Raises:
            InputError: a source is missing or malformed.
        """
        read = _function(self.reader)
        if self.several:
            return read(*sources, **options)
        return ArchTable.concatenate([read(source, **options) for source in sources])

    def read_parts(self, sources: Sequence[str], **options: Any) -> Iterator[ArchTable]:
        """The same, some rows at a time where the format can.

        Raises:
            InputError: as `read`, some of it only where it stands.
        """
        return (
            iter([self.read(sources, **options)]) if self.parts is None else _function(self.parts)(*sources, **options)
        )


def _function(name: str) -> Any:
    module, function = name.split(":")
    return getattr(import_module(f"{__name__}.{module}"), function)


FORMATS = {
    "nasbench101": Format(
        "nasbench101:read_nasbench101", "official TFRecord files of NAS-Bench-101 (nasbench_full.tfrecord)", False
    ),
    "nasbench201": Format("nasbench201:read_nasbench201", "official .pth files of NAS-Bench-201"),
    "nats": Format(
        "nasbench201:read_nasbench201", "official .pickle.pbz2 files or folders of NATS-Bench, topology or size"
    ),
    "macro": Format("macro:read_macro", "the official JSON file of NAS-Bench-Macro", False),
    "transnas": Format("transnas:read_transnas", "the official .pth file of TransNAS-Bench-101", False),
    "darts": Format("genotypes:read_genotypes", "text files of DARTS genotypes, or a genotypes.py", False),
    "fx": Format(
        "traced.fx:read_fx", "torch modules: torchvision:resnet18 or package.module:factory", options=("shape",)
    ),
    "onnx": Format("onnx.reader:read_onnx", "ONNX files"),
    "networkx": Format("networkx:read_networkx", "node-link JSON or GraphML files of networkx"),
    "table": Format(
        "tables:read_tables",
        "CSV, Parquet or JSON with a column of a space's native forms",
        options=("space", "native", "id", "spread", "missing", "graphs"),
        parts="tables:table_parts",
    ),
}
"""Name -> format."""


def read(name: str, sources: Sequence[str], **options: Any) -> ArchTable:
    """Read `sources` in the format called `name`.

    Args:
        name: one of `FORMATS`.
        sources: files, folders, or what else the format reads.
        options: of the format, such as `space` and `native` of a table.

    Raises:
        InputError: no such format (the text lists the choices), the format has no such option, or a source is missing
            or malformed.
    """
    return _called(name, options).read(sources, **options)


def read_parts(name: str, sources: Sequence[str], **options: Any) -> Iterator[ArchTable]:
    """The same, some rows at a time where the format can; arguments and errors as of `read`."""
    return _called(name, options).read_parts(sources, **options)


def _called(name: str, options: Collection[str]) -> Format:
    if name not in FORMATS:
        raise InputError(f"unknown format {name[:64]!r}; choose from {', '.join(FORMATS)}")
    for option in options:
        if option not in FORMATS[name].options:
            raise InputError(f"--{option} does not belong to `archgraph import {name}`; see --help")
    return FORMATS[name]
