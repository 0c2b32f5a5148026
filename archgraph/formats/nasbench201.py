"""NAS-Bench-201's and NATS-Bench's official files.

All hold the same dictionaries. A benchmark is `{"meta_archs": [...], "arch2infos": {index: {schedule: cell}}}`, or a
folder with `meta.pickle.pbz2` and one file `{schedule: cell}` an architecture. A schedule is `less` (12 epochs) or
`full` (200) in NAS-Bench-201, and the number of epochs in NATS-Bench. A cell has `arch_str` and `all_results`:
(data set, seed) -> a run with `params` and `flop` in millions, `latency` in seconds, `epochs`, `train_acc1es` by
epoch and `eval_acc1es` by `split@epoch`, in percent.

Dong and Yang, "NAS-Bench-201" (ICLR 2020); Dong et al., "NATS-Bench" (TPAMI 2021).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from archgraph.errors import InputError
from archgraph.formats.containers.pickles import load, values
from archgraph.formats.natives import columns_of, metric_name
from archgraph.spaces.nasbench201 import NASBench201Space
from archgraph.spaces.nats import NATSSizeSpace
from archgraph.table.table import ArchTable

_EPOCHS = {"less": "12", "full": "200"}
_MAX_ARCHITECTURES = 1 << 20  # NATS-Bench has 15,625 by topology and 32,768 by size


def read_nasbench201(*paths: Path | str) -> ArchTable:
    """The cells of official files (.pth, .pickle.pbz2) or folders of NATS-Bench, by index; the id is the index.

    Metrics are means over the runs of a cell, at the last epoch of a schedule of E epochs: `{data}_{split}_acc_{E}ep`
    in percent, and `{data}_params_M`, `{data}_flops_M` and `{data}_latency_s`, with `cifar10_valid`, `cifar10`,
    `cifar100` and `ImageNet16_120` for data, and `train`, `x_valid`, `x_test`, `ori_test` for split.

    Of NATS-Bench's size space the networks are read as those of its space; its schedules are of 1, 12 and 90 epochs.

    Raises:
        InputError: a file is missing, damaged, names more than data, or there are files of both spaces.
    """
    rows: dict[int, tuple[str, dict[str, float]]] = {}
    for path in map(Path, paths):
        for index, schedules in _cells(path):
            try:
                rows[index] = _cell(schedules)
            except InputError as error:
                raise InputError(f"{path}, architecture {index}: {error}") from error
    if not rows:
        raise InputError(f"{', '.join(map(str, paths))}: no architecture with results")
    order = sorted(rows)
    sizes = {":" in rows[i][0] for i in order}
    if len(sizes) > 1:
        raise InputError(f"{', '.join(map(str, paths))}: cells and sizes are of two spaces; import one after the other")
    space = NATSSizeSpace() if sizes == {True} else NASBench201Space()
    graphs = columns_of(space, [rows[i][0] for i in order], "architecture")
    return ArchTable.from_columns(
        graphs,
        ids=[str(i) for i in order],
        space=space.name,
        metrics=pd.DataFrame([rows[i][1] for i in order], dtype=float),
    )


def _cells(path: Path) -> Iterator[tuple[int, Mapping[Any, Any]]]:
    """Index and schedules of each architecture in a file or folder."""
    if path.is_dir():
        files = sorted(file for file in path.glob("*.pickle.pbz2") if file.name.partition(".")[0].isdigit())
        if not files:
            raise InputError(f"{path} holds no file like 000000.pickle.pbz2; name a folder of NATS-Bench")
        for file in files[:_MAX_ARCHITECTURES]:
            yield int(file.name.partition(".")[0]), _mapping(load(file), file, "schedules")
        return
    content = _mapping(load(path), path, "a benchmark")
    if "arch2infos" not in content:
        first = next((v for v in content.values() if isinstance(v, Mapping)), {})
        index = first.get("arch_index")
        if "all_results" not in first or type(index) is not int:
            raise InputError(f"{path}: neither `arch2infos` nor one architecture's results; an official file is needed")
        yield index, content
        return
    for index, schedules in _mapping(content["arch2infos"], path, "`arch2infos`").items():
        if type(index) is not int or not 0 <= index < _MAX_ARCHITECTURES:
            raise InputError(f"{path}: {str(index)[:32]!r} is not the number of an architecture")
        yield index, _mapping(schedules, path, f"architecture {index}")


def _cell(schedules: Mapping[Any, Any]) -> tuple[str, dict[str, float]]:
    """The string and the metrics of one architecture."""
    native = ""
    found: dict[str, list[float]] = defaultdict(list)
    for schedule, cell in schedules.items():
        if not isinstance(cell, Mapping) or not isinstance(cell.get("all_results"), Mapping):
            raise InputError("a schedule without `all_results`")
        native = cell.get("arch_str", "")
        for key, run in cell["all_results"].items():
            if not isinstance(key, tuple) or not key or not isinstance(run, Mapping):
                raise InputError("`all_results` does not map (data set, seed) to runs")
            for name, value in _run(_EPOCHS.get(str(schedule), str(schedule).lstrip("0")), str(key[0]), run):
                found[name].append(value)
    if not isinstance(native, str) or not {*native} & {*"|:"}:
        raise InputError(f"{str(native)[:64]!r} is neither a cell of NAS-Bench-201 nor five widths like 64:64:64:64:64")
    return native, {name: float(np.mean(numbers)) for name, numbers in found.items()}


def _run(schedule: str, data: str, run: Mapping[Any, Any]) -> Iterator[tuple[str, float]]:
    """Names and numbers of one training run."""
    epochs = run.get("epochs")
    if type(epochs) is not int or not 0 < epochs <= 100_000:
        raise InputError(f"a run of {str(epochs)[:32]!r} epochs")
    for key, name in (("params", "params_M"), ("flop", "flops_M")):
        if run.get(key) is not None:
            yield metric_name(data, name), _one(run[key])
    latency = values(run["latency"]) if run.get("latency") is not None else np.empty(0)
    if len(latency) and (latency > 0).all():
        yield metric_name(data, "latency_s"), _one(latency.mean())
    training = run.get("train_acc1es")
    if isinstance(training, Mapping) and epochs - 1 in training:
        yield metric_name(data, "train_acc", f"{schedule}ep"), _one(training[epochs - 1])
    evaluation = run.get("eval_acc1es")
    for key, value in (evaluation if isinstance(evaluation, Mapping) else {}).items():
        split, _, epoch = str(key).rpartition("@")
        if epoch == str(epochs - 1):
            yield metric_name(data, split, "acc", f"{schedule}ep"), _one(value)


def _one(value: Any) -> float:
    number = values(value)
    if len(number) != 1 or not np.isfinite(number[0]):
        raise InputError("one finite number is needed for a metric")
    return float(number[0])


def _mapping(value: Any, path: Path, what: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise InputError(f"{path}: {what} should be a dictionary, but is {type(value).__name__}")
    return value
