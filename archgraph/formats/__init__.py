"""Foreign formats by name: what `archgraph import` reads. Each is a file of its own, imported when it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from archgraph.errors import InputError
from archgraph.table.table import ArchTable


@dataclass(frozen=True)
class Format:
    """A format that `archgraph import` reads.

    Args:
        reader: module and function that read its sources into a table.
        description: one line.
        several: whether one call takes several sources; otherwise each is read by itself.
    """

    reader: str
    description: str
    several: bool = True

    def read(self, sources: Sequence[str]) -> ArchTable:
        """All sources as one table.

        Raises:
            InputError: a source is missing or malformed.
        """
        module, name = self.reader.split(":")
        read = getattr(import_module(f"{__name__}.{module}"), name)
        return read(*sources) if self.several else ArchTable.concatenate([read(source) for source in sources])


FORMATS = {
    "nasbench101": Format(
        "nasbench101:read_nasbench101", "official TFRecord files of NAS-Bench-101 (nasbench_full.tfrecord)", False
    ),
    "nasbench201": Format("nasbench201:read_nasbench201", "official .pth files of NAS-Bench-201"),
    "nats": Format("nasbench201:read_nasbench201", "official .pickle.pbz2 files or folders of NATS-Bench, topology"),
    "macro": Format("macro:read_macro", "the official JSON file of NAS-Bench-Macro", False),
    "transnas": Format("transnas:read_transnas", "the official .pth file of TransNAS-Bench-101", False),
    "darts": Format("genotypes:read_genotypes", "text files of DARTS genotypes, or a genotypes.py", False),
    "fx": Format("traced.fx:read_fx", "torch modules: torchvision:resnet18 or package.module:factory"),
    "onnx": Format("traced.onnx:read_onnx", "ONNX files"),
    "networkx": Format("networkx:read_networkx", "node-link JSON or GraphML files of networkx"),
}
"""Name -> format."""


def read(name: str, sources: Sequence[str]) -> ArchTable:
    """Read `sources` in the format called `name`.

    Raises:
        InputError: no such format (the text lists the choices), or a source is missing or malformed.
    """
    if name not in FORMATS:
        raise InputError(f"unknown format {name[:64]!r}; choose from {', '.join(FORMATS)}, table")
    return FORMATS[name].read(sources)
