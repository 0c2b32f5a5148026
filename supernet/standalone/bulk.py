"""Ground truth in bulk: thousands of architectures, each trained by itself with several seeds, many at once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.networks.blueprint import Blueprint
from archgraph.networks.choice import NetworkChoice
from archgraph.persistence.files import writable_folder
from archgraph.persistence.journal import Journal
from archgraph.seeds import derive_seed
from archgraph.table.table import ArchTable
from supernet.bank.bank import Bank
from supernet.images.splits import ImageSplits
from supernet.standalone.training import Recipe, train_blueprints
from supernet.standalone.weights import Build, save_weights, weights_path

ATTRIBUTES = {
    "val_acc": "validation_accuracy",
    "val_loss": "validation_loss",
    "test_acc": "test_accuracy",
    "test_loss": "test_loss",
}
"""Metric of a table -> the attribute of `SplitFigures` that it is."""
METRICS = tuple(ATTRIBUTES)
COSTS = ("params", "flops")
Report = Callable[[list[dict[str, Any]], bool], None]
"""Is given lines of finished work, and whether they are new; not new are those of an earlier run."""


@dataclass(frozen=True)
class BulkPlan:
    """What is trained.

    Args:
        recipe: how.
        seeds: trainings of each architecture.
        seed: that theirs are derived from.
        slots: architectures trained side by side; more are faster until memory or caches are full.
        network: around each architecture.

    Raises:
        InputError: a number makes no sense.

    Example:
        >>> from supernet import BulkPlan, Recipe
        >>> BulkPlan(Recipe(epochs=2), seeds=3).slots
        32
    """

    recipe: Recipe
    seeds: int = 1
    seed: int = 0
    slots: int = 32
    network: NetworkChoice = NetworkChoice()

    def __post_init__(self) -> None:
        check_whole(1, seeds=self.seeds, slots=self.slots)


def train_table(
    table: ArchTable,
    data: ImageSplits,
    plan: BulkPlan,
    journal: Path,
    finished: Report = lambda lines, new: None,
    weights: Path | None = None,
) -> ArchTable:
    """The table with the figures of each architecture trained by itself.

    Added are `val_acc`, `val_loss`, `test_acc`, `test_loss` (means over seeds; with several, also each seed's own under
    `val_acc_0`, ...), `seconds` (a training's share of the time that its neighbours took with it), `params` and `flops`
    (instead of what the table has of these two). Networks that train together have equal batches in equal order, and
    an own initial draw each. Where a training diverges, its figures and the means are missing, `meta` says why under
    `reason`, and its weights are not kept.

    Args:
        table: architectures of one space or several.
        data: the images.
        plan: what is trained.
        journal: file of finished work; there, the same call goes on where it was stopped.
        finished: called as architectures finish a training.
        weights: folder for the weights of each one's first training; None for none.

    Raises:
        InputError: before anything is trained. An architecture cannot be compiled, the text names it; the table has one
            of the metrics already; two architectures would keep their weights in one file; or the journal is of another
            run.

    Example:
        >>> from pathlib import Path
        >>> from archgraph import ArchTable
        >>> from supernet import BulkPlan, Recipe, load_images, train_table
        >>> cells, images = ArchTable.read("cells.parquet")[:2], load_images("digits").limit_train(64)
        >>> trained = train_table(cells, images, BulkPlan(Recipe(epochs=1)), Path("training.jsonl"))
        >>> sorted(trained.metrics)
        ['flops', 'nodes', 'params', 'seconds', 'test_acc', 'test_loss', 'val_acc', 'val_loss']
    """
    work = BulkWork(table, data, plan, weights)
    log = Journal(journal, {"data": data.name, **work.settings})
    done = {(entry["row"], entry["seed"]) for entry in log.entries}
    finished(log.entries, False)
    for seed, rows in work.banks:
        if all((row, seed) in done for row in rows):
            continue
        lines = work.train(rows, seed)
        log.add(lines)
        finished(lines, True)
    # What trained together is trained again where a crash kept but some of its lines, so a line may come twice.
    return work.finished({(entry["row"], entry["seed"]): entry for entry in log.entries})


class BulkWork:
    """What is to be trained for a table, bank by bank; the banks follow from the plan alone.

    Args:
        table, data, plan, weights: as of `train_table`.

    Attributes:
        settings: what the figures depend on beside the name of the data.
        banks: (number of the training, rows that run together), in the order in which they are trained.

    Raises:
        InputError: as `train_table`, but for the journal.
    """

    def __init__(self, table: ArchTable, data: ImageSplits, plan: BulkPlan, weights: Path | None = None) -> None:
        if taken := sorted(set(_columns(plan.seeds)) & set(table.metrics)):
            raise InputError(f"the graphs have a metric {taken[0]} already; rename it or give a file without it")
        if weights is not None:
            _check_weights(table, weights)
        self.table, self.data, self.plan, self.weights = table, data, plan, weights
        # More seeds of the same plan go on from fewer, so their number is no part of what the figures depend on.
        plain = {{"slots": "lanes"}.get(name, name): value for name, value in asdict(plan).items() if name != "seeds"}
        plain["network"] = plan.network.to_dict()
        self.settings: dict[str, Any] = {"images": len(data.train), "plan": plain, "graphs": digest(table)}
        if weights is not None:  # what was done without them, or with them elsewhere, left none here
            self.settings["weights"] = str(weights.resolve())
        self.blueprints = compile_table(table, data, plan.network)
        together = rows_together(self.blueprints, plan.slots)
        self.banks = [(seed, rows) for seed in range(plan.seeds) for rows in together]

    def train(self, rows: list[int], seed: int) -> list[dict[str, Any]]:
        """Train a bank; one line a row."""
        lines, bank = _train(self.table, self.blueprints, rows, seed, self.data, self.plan)
        if self.weights is not None and seed == 0:
            _keep(bank, self.table, lines, self.data, self.plan, self.weights)
        return lines

    def finished(self, lines: Mapping[tuple[int, int], dict[str, Any]]) -> ArchTable:
        """The table with all figures.

        Args:
            lines: (row, number of the training) -> its line; those of further trainings are left out.
        """
        entries = [lines[row, seed] for seed, rows in self.banks for row in rows]
        return _with_metrics(self.table, self.blueprints, entries, self.plan.seeds)


def compile_table(table: ArchTable, data: ImageSplits, network: NetworkChoice) -> list[Blueprint]:
    """The network of each architecture.

    Raises:
        InputError: one cannot be compiled; the text names its id.
    """
    made = []
    for row, graph in enumerate(table):
        try:
            made.append(network.blueprint(graph, str(table.space[row]), data.shape, data.classes))
        except InputError as error:
            raise type(error)(f"architecture {table.ids[row] or row}: {error}") from None
    return made


def rows_together(blueprints: Sequence[Blueprint], slots: int) -> list[list[int]]:
    """Rows that run together: of one shape of output, in order, so that a resumed run makes the same groups."""
    groups: dict[Any, list[int]] = {}
    for row, made in enumerate(blueprints):
        groups.setdefault((made.shapes[0], made.shapes[made.output], made.layers[-1].stage), []).append(row)
    return [rows[i : i + slots] for rows in groups.values() for i in range(0, len(rows), slots)]


def _train(
    table: ArchTable, blueprints: Sequence[Blueprint], rows: list[int], seed: int, data: ImageSplits, plan: BulkPlan
) -> tuple[list[dict[str, Any]], Bank]:
    started = time.perf_counter()
    seeds = [derive_seed(plan.seed, "weights", seed, row) for row in rows]
    order = derive_seed(plan.seed, "order", seed)
    scores, bank = train_blueprints([blueprints[row] for row in rows], data, plan.recipe, seeds, order)
    seconds = (time.perf_counter() - started) / len(rows)
    columns = [getattr(scores, name).tolist() for name in ATTRIBUTES.values()]
    lines = []
    for network, (row, *values) in enumerate(zip(rows, *columns, strict=True)):
        line = {"id": str(table.ids[row]), "row": row, "seed": seed}
        if (reason := scores.reason(network)) is None:
            line |= dict(zip(METRICS, values, strict=True))
        else:
            line |= dict.fromkeys(METRICS) | {"reason": reason}
        lines.append(line | {"seconds": seconds})
    return lines, bank


def _columns(seeds: int) -> list[str]:
    """The names of all metrics that trainings with so many seeds add, beside the costs, which are known before."""
    own = [f"{name}_{seed}" for name in METRICS for seed in range(seeds)] if seeds > 1 else []
    return [*METRICS, "seconds", *own]


def _weights_file(table: ArchTable, row: int, folder: Path) -> Path:
    return weights_path(folder, str(table.ids[row]) or str(row))


def _check_weights(table: ArchTable, folder: Path) -> None:
    rows: dict[Path, int] = {}
    for row in range(len(table)):
        path = _weights_file(table, row, folder)
        if (first := rows.setdefault(path, row)) != row:
            raise InputError(f"graphs {first} and {row} would both keep their weights in {path}; give them other ids")
    writable_folder(folder)


def _keep(
    bank: Bank, table: ArchTable, lines: list[dict[str, Any]], data: ImageSplits, plan: BulkPlan, folder: Path
) -> None:
    for network, row in enumerate(line["row"] for line in lines):
        if "reason" in lines[network]:
            continue
        key, space = table[row].canonical_hash(), str(table.space[row])
        build = Build(key, space, data.shape, data.classes, dict(plan.network.settings), plan.network.kind)
        save_weights(_weights_file(table, row, folder), bank.state(network), build)


def _with_metrics(
    table: ArchTable, blueprints: Sequence[Blueprint], entries: Sequence[dict[str, Any]], seeds: int
) -> ArchTable:
    figures = pd.DataFrame(entries).pivot(index="row", columns="seed")
    found = {name: figures[name].to_numpy(dtype=np.float64) for name in (*METRICS, "seconds")}
    columns = {name: values.mean(axis=1) for name, values in found.items()}
    if seeds > 1:
        columns |= {f"{name}_{seed}": found[name][:, seed] for name in METRICS for seed in range(seeds)}
    columns |= {name: np.array([getattr(made.cost, name) for made in blueprints], dtype=float) for name in COSTS}
    made = table.with_metrics(**columns)
    failed = [entry for entry in entries if "reason" in entry]
    return made.with_meta(_reasons(failed, seeds)) if failed else made


def _reasons(failed: Sequence[dict[str, Any]], seeds: int) -> dict[int, dict[str, str]]:
    """Row -> what `meta` says of its trainings that failed."""
    found: dict[int, dict[str, str]] = {}
    for entry in sorted(failed, key=lambda entry: -int(entry["seed"])):  # the first of them is said
        which = f"training {entry['seed'] + 1} of {seeds}: " if seeds > 1 else ""
        found[entry["row"]] = {"reason": f"{which}{entry['reason']}"}
    return found


def digest(table: ArchTable) -> str:
    """A digest of the architectures of a table, in their order and spaces."""
    names = (f"{key} {space}\n" for key, space in zip(table.hashes(), table.space, strict=True))
    return hashlib.blake2b("".join(names).encode(), digest_size=8).hexdigest()
