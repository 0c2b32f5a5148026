"""Objectives that are looked up in a table, by canonical hash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.registry import NETWORKS, network_name
from archgraph.persistence.fingerprints import fingerprint
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from search.objectives.base import Architecture, Lanes, Objective
from search.objectives.costs import COSTS, COUNTED, LATENCY, NetworkCosts
from search.objectives.evaluation import STEPS, Evaluation
from search.objectives.limits import checked_limits

_SECONDS = ("seconds", "train_time_s")
_COST = ("gmacs", "train_gmacs")


class TableObjective(Objective):
    """Metrics of a table; only its architectures can be evaluated.

    What an evaluation costs is read from the columns `seconds` (or `train_time_s`) and `gmacs` (or `train_gmacs`),
    where the table has them. Rows without all the metrics are left out.

    Args:
        table: architectures of the space, with the metrics.
        space: of the architectures.
        metrics: names of columns; higher is better, or lower where a `-` stands before the name.
        limits: cost -> what an architecture may cost at most: the column of that name, or else what the published
            network's layers come to; all others are left out.

    Raises:
        InputError: there is no metric, one is named twice or missing, no row has all of them, a row is no member of
            the space, an architecture has two different values, there is no such cost, nothing fits the limits, or the
            fidelities do not lead to the metric.

    Example:
        >>> from archgraph import spaces
        >>> from search import TableObjective
        >>> space = spaces.get("dag:1-3")
        >>> members = space.enumerate()
        >>> objective = TableObjective(members.with_metrics(size=members.graph_sizes.astype(float)), space, ["-size"])
        >>> objective.names, objective.directions, objective.values.shape
        (('size',), ('minimize',), (9, 1))
    """

    members: ArchTable
    values: NDArray[np.float64]
    cheap = True
    tested_by = str
    written = "table:FILE:METRIC"

    def __init__(
        self,
        table: ArchTable,
        space: Space,
        metrics: Sequence[str],
        limits: Mapping[str, float] | None = None,
        fidelities: Mapping[int, str] | None = None,
    ) -> None:
        self.space = space
        self.names = tuple(name.removeprefix("-") for name in metrics)
        self.directions = tuple("minimize" if name.startswith("-") else "maximize" for name in metrics)
        if not self.names or len(set(self.names)) < len(self.names):
            raise InputError(f"a search has one metric or several different ones, but got {list(metrics)}")
        by_epochs = _checked(fidelities or {}, self.names)
        needed = list(dict.fromkeys([*self.names, *by_epochs.values()]))
        for name in needed:
            if name not in table.metrics:
                known = ", ".join(map(str, table.metrics)) or "none"
                raise InputError(f"no metric {name[:64]!r} in the table; it has {known}")
        complete = np.flatnonzero(table.metrics[needed].notna().all(axis=1))
        if not len(complete):
            raise InputError(f"no row of the table has a value for {' and '.join(needed)}")
        table = table[complete]
        space.validate(table[0])
        self._row: dict[str, int] = {}
        values = table.metrics[list(self.names)].to_numpy(float)
        first: list[int] = []
        for row, key in enumerate(table.hashes()):
            if (other := self._row.get(key)) is None:
                self._row[key] = len(first)
                first.append(row)
            elif (values[first[other]] != values[row]).any():
                raise InputError(
                    f"rows {table.ids[first[other]]} and {table.ids[row]} are the same architecture with different "
                    f"{' or '.join(self.names)}; keep one of them or their mean"
                )
        kept = np.array(first)[_fitting(table[np.array(first)], space, checked_limits(limits or {}))]
        self.members = table[kept]
        self.values = values[kept]
        if len(kept) < len(first):
            self._row = {key: row for row, key in enumerate(self.members.hashes())}
        self.steps = tuple(by_epochs)
        self._by_epochs = self.members.metrics[list(by_epochs.values())].to_numpy(float)
        self._costs = [_column(self.members, names) for names in (_COST, _SECONDS)]

    @classmethod
    def read(cls, text: str, space: Space, settings: Mapping[str, Any] | None = None) -> Self:
        """From FILE:METRIC, several metrics joined by commas.

        Raises:
            InputError: as the constructor, or the text is written otherwise, or the file cannot be read.
        """
        path, _, metrics = text.rpartition(":")
        if not path or not metrics:
            raise InputError(f"a table objective is written table:FILE:METRIC, but got 'table:{text[:128]}'")
        limits, fidelities = (dict((settings or {}).get(name, {})) for name in ("limits", "fidelities"))
        made = cls(ArchTable.read(Path(path)), space, metrics.split(","), limits, fidelities)
        named = {str(epochs): name for epochs, name in sorted(fidelities.items())}  # as JSON holds it
        made.settings = {name: value for name, value in (("limits", limits), ("fidelities", named)) if value}
        made.fingerprint = made._fingerprint()
        return made

    def __call__(self, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
        found = []
        for architecture in architectures:
            row = self._row.get(architecture.hash)
            if row is None:
                raise InputError(f"the table does not hold the architecture {architecture.native}")
            gmacs, seconds = (None if column is None else float(column[row]) for column in self._costs)
            found.append(Evaluation(tuple(self.values[row].tolist()), gmacs, seconds))
        return found

    def _fingerprint(self) -> str:
        """Of the architectures with what is looked up of them, whatever their order and the file they come from."""
        keys = np.array(self.members.hashes())
        order = np.argsort(keys)
        known = [self.values, *(column for column in self._costs if column is not None)]
        known += [self._by_epochs] if self.steps else []
        return fingerprint(["".join(keys[order].tolist()).encode(), *(numbers[order].tobytes() for numbers in known)])

    def lanes(self) -> Lanes:
        if not self.steps:
            raise InputError(
                "the table is asked at one fidelity, so no evaluation can be stopped early; say which columns hold "
                "shorter trainings, as in --fidelity 12=val_12 --fidelity 108=val_108"
            )
        return ColumnLanes(self)

    def at(self, architecture: Architecture, step: int) -> Evaluation:
        """The value after the first so many fidelities, with the cost of all of them."""
        row = self._row[architecture.hash]
        epochs = sum(self.steps[:step])
        share = epochs / self.steps[-1]
        gmacs, seconds = (None if column is None else share * float(column[row]) for column in self._costs)
        value = float(self._by_epochs[row, step - 1])
        return Evaluation((value,), gmacs, seconds, share, {STEPS: epochs})

    def costs_of(self, architecture: Architecture) -> dict[str, float]:
        row = self._row[architecture.hash]
        known = {name: float(self.members.metrics[name].iloc[row]) for name in COSTS if name in self.members.metrics}
        return known if known.keys() >= set(COUNTED) else super().costs_of(architecture) | known

    def check_test(self, test: str | int) -> None:
        if test not in self.members.metrics:
            raise InputError(
                f"no metric {str(test)[:64]!r} in the table; it has {', '.join(map(str, self.members.metrics))}"
            )

    def judge(self, winner: Architecture, test: str | int) -> dict[str, Any]:
        """Another metric of the table; see `Objective.judge`."""
        self.check_test(test)
        return {"metric": test, "value": float(self.members.metrics[test].iloc[self._row[winner.hash]])}


class ColumnLanes(Lanes):
    """Evaluations that look up one fidelity after another.

    Args:
        objective: with fidelities.
    """

    def __init__(self, objective: TableObjective) -> None:
        self.objective = objective
        self._lanes: dict[int, tuple[Architecture, int]] = {}

    def enter(self, lane: int, architecture: Architecture, seed: int, done: int = 0) -> None:
        self._lanes[lane] = architecture, done

    def advance(self) -> dict[int, float]:
        self._lanes = {lane: (architecture, done + 1) for lane, (architecture, done) in self._lanes.items()}
        return {lane: self.objective.at(*place).values[0] for lane, place in self._lanes.items()}

    def leave(self, lane: int) -> Evaluation:
        return self.objective.at(*self._lanes.pop(lane))


def _checked(fidelities: Mapping[int, str], metrics: Sequence[str]) -> dict[int, str]:
    """Fidelities in the order of their epochs.

    Raises:
        InputError: an epoch is no whole number, or the last of them is not of the one metric.
    """
    check_whole(1, **{f"the epochs of {name}": epochs for epochs, name in fidelities.items()})
    found = dict(sorted(fidelities.items()))
    if found and [*found.values()][-1:] != list(metrics):
        raise InputError(
            f"the fidelity with the most epochs is the metric that is searched, but got {[*found.values()][-1]} and "
            f"{', '.join(metrics)}"
        )
    return found


def _fitting(table: ArchTable, space: Space, limits: Mapping[str, float]) -> NDArray[np.bool_]:
    """Which rows fit the limits, [len(table)].

    Raises:
        InputError: none does, the text says the least that there is; or the table lacks what only it can tell.
    """
    fits = np.ones(len(table), dtype=np.bool_)
    for name, most in limits.items():
        if name in table.metrics:
            found = table.metrics[name].to_numpy(float)
        elif name == LATENCY:
            raise InputError(f"the table has no column {LATENCY}, so nothing tells what is fast enough")
        else:
            published = NETWORKS[network_name(space.name, table[0])]
            costs = NetworkCosts(space, NetworkChoice(), published.image, max(published.classes, 1))
            found = np.array([costs.counted(graph, name)[name] for graph in table])
        own = found <= most
        if not (fits & own).any():
            least = np.nanmin(found[fits], initial=np.inf)
            raise InputError(
                f"no architecture of the table has {name} of at most {most:g}; the least there is has {least:g}: raise "
                "the limit"
            )
        fits &= own
    return fits


def _column(table: ArchTable, names: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    """The first of these metrics that the table has for every row, [len(table)]."""
    for name in names:
        if name in table.metrics and table.metrics[name].notna().all():
            return table.metrics[name].to_numpy(float)
    return None
