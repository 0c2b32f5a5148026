"""ONNX files as architectures, without the onnx package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from archgraph.errors import InputError
from archgraph.formats.onnx.messages import read_model
from archgraph.formats.onnx.steps import steps_of
from archgraph.formats.traced.architecture import to_architecture
from archgraph.graph import ArchGraph
from archgraph.persistence.files import check_plain
from archgraph.table.table import ArchTable

MAX_FILE = 1 << 31  # bytes; protobuf itself allows no more


def read_onnx(*paths: Path | str) -> ArchTable:
    """The networks in ONNX files; the metric `params` counts weights (no running means, no scales of quantisation).

    The id is the file's name, with as many of its folders as tell it from the other files.

    Raises:
        InputError: a file is missing, damaged, holds no graph from an input to an output, or has a weight that does not
            reach the output.
    """
    graphs, params = [], []
    for path in map(Path, paths):
        check_plain(path)
        try:
            if path.stat().st_size > MAX_FILE:
                raise InputError("an ONNX file has at most 2 GiB")
            graph, count = _network(path)
        except FileNotFoundError:
            raise InputError(f"no file {path}; check the name") from None
        except OSError as error:
            raise InputError(f"cannot read {path}: {error.strerror}") from error
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        graphs.append(graph)
        params.append(count)
    return ArchTable.from_graphs(graphs, ids=_ids([Path(path) for path in paths]), metrics={"params": params})


def _network(path: Path) -> tuple[ArchGraph, int]:
    """The architecture in a file, and its parameters."""
    if path.stat().st_size == 0 or not path.is_file():
        path.read_bytes()
        raise InputError("not an ONNX model: it has no graph")
    steps, weights = steps_of(read_model(memoryview(np.memmap(path, mode="r").data)))
    graph, count = to_architecture(steps)
    if count != weights:
        raise InputError(
            f"its weights hold {weights} numbers, but {count} of them reach the output; "
            "remove what is not used, or export the network anew"
        )
    return graph, count


def _ids(paths: Sequence[Path]) -> list[str]:
    """The names of files; where two are alike, with the folders that tell them apart, or their number."""
    ids = [path.stem for path in paths]
    for level in range(2, max((len(path.parts) for path in paths), default=0) + 1):
        ids = [
            "/".join((*path.parts[-level:-1], path.stem)) if ids.count(name) > 1 else name
            for path, name in zip(paths, ids, strict=True)
        ]
    return [name if ids.count(name) == 1 else f"{name}#{i}" for i, name in enumerate(ids)]
