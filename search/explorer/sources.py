"""What is explored: a table, the members of an encoder, or a study, as architectures with points and a path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archgraph import spaces
from archgraph.errors import InputError
from archgraph.persistence.folders import CONFIG
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.spaces.tables import sample_table
from archgraph.table.table import ArchTable
from encoders.embedding.checkpoint import load_encoder
from encoders.graph_network.checkpoint import is_network, load_network
from encoders.shipped import located
from search.studies.history import architecture_of
from search.studies.records import StudyRecord, read_one

MOST = 20_000
"""Architectures of a page; of more a part is drawn."""
FEWEST = 3
_AROUND = 4_000  # members of a space that is too large to show whole, around a search
_SUFFIXES = (".jsonl", ".parquet")
Embed = Callable[[ArchTable], NDArray[np.float32]]
"""Architectures -> their points, [N, latent]."""


@dataclass(frozen=True)
class WalkedTrial:
    """A trial of a search.

    Args:
        point: number of its architecture.
        value: of its first objective.
    """

    point: int
    value: float


@dataclass(frozen=True)
class Explored:
    """What a page shows.

    Args:
        title: of the page.
        table: the architectures.
        space: they are all members of it; None where that is not known.
        embed: gives their points.
        path: the trials of a search, in order.
        notes: what was left out or decided, a sentence each.
    """

    title: str
    table: ArchTable
    space: Space | None
    embed: Embed
    path: tuple[WalkedTrial, ...] = ()
    notes: tuple[str, ...] = ()


def read_source(source: str, study: str | None = None, encoder: str = "base", seed: int = 0) -> Explored:
    """Read what is to be explored.

    Args:
        source: a file of graphs, the storage of a study, or an encoder of an embedding space.
        study: its name where the storage holds several.
        encoder: folder of an encoder, or the name of one that ships; points of a table or a study are its.
        seed: draws a part where there are too many architectures.

    Raises:
        InputError: there is no such thing, or it holds too few architectures.
    """
    if Path(source).suffix in _SUFFIXES:
        found = _of_table(source, encoder, seed)
    elif (located(source) / CONFIG).is_file():
        found = _of_encoder(source, seed)
    elif ":" in source:
        found = _of_study(read_one(source, study), encoder, seed)
    else:
        raise InputError(f"{source} is no file of graphs (.jsonl, .parquet), no folder of an encoder and no storage")
    if len(found.table) < FEWEST:
        raise InputError(f"{source} holds {len(found.table)} architectures; a map shows at least {FEWEST}")
    return found


def embedder(encoder: str) -> Embed:
    """What gives architectures their points.

    Raises:
        InputError: there is no such encoder.
    """
    if is_network(encoder):
        network = load_network(encoder).network
        return lambda table: network.read(table).numpy()
    trained = load_encoder(encoder).pretrained.encoder
    return lambda table: np.asarray(trained.encode(table), dtype=np.float32)


def _of_table(source: str, encoder: str, seed: int) -> Explored:
    table, notes = _part(ArchTable.read(Path(source)), seed)
    return Explored(Path(source).name, table, _space_of(table), embedder(encoder), notes=notes)


def _of_encoder(source: str, seed: int) -> Explored:
    if is_network(source):
        raise InputError(
            f"{source} is a graph network, from which nothing is drawn; give a TABLE and --encoder {source}"
        )
    checkpoint = load_encoder(source)
    table, notes = _part(checkpoint.generator.members, seed)
    encoder = checkpoint.pretrained.encoder
    embed: Embed = lambda graphs: np.asarray(encoder.encode(graphs), dtype=np.float32)  # noqa: E731
    return Explored(f"encoder {Path(source).name}", table, _space_of(table), embed, notes=notes)


def _of_study(record: StudyRecord, encoder: str, seed: int) -> Explored:
    if not record.settings:
        raise InputError(f"study {record.name[:64]!r} is no search of archgraph: it does not say its space")
    space = record.space
    trials = record.complete
    graphs = [space.from_native(architecture_of(trial).native) for trial in trials]
    met = ArchTable.from_graphs(graphs, space=space.name)
    number: dict[str, int] = {}
    rows: list[int] = []
    path = []
    for row, (key, trial) in enumerate(zip(met.hashes(), trials, strict=True)):
        if key not in number:
            number[key] = len(rows)
            rows.append(row)
        path.append(WalkedTrial(number[key], float(trial.values[0])))
    size = space.size()
    whole = size is not None and size <= MOST - len(rows)
    around = space.enumerate() if whole else sample_table(space, _AROUND, derive_seed(seed, "explore"))
    others = _others(around, set(number))
    shown = [graphs[row] for row in rows] + [around[row] for row in others]
    values = {
        name: np.array([float(trials[row].values[i]) for row in rows] + [np.nan] * len(others))
        for i, name in enumerate(record.metrics)
    }
    ids = [architecture_of(trials[row]).native for row in rows] + [str(around.ids[row]) for row in others]
    table = ArchTable.from_graphs(shown, space=space.name, ids=ids, metrics=values)
    note = f"{len(path)} trials of {len(rows)} architectures, among {'all' if whole else 'a sample of'} {space.name}"
    return Explored(f"study {record.name}", table, space, embedder(encoder), tuple(path), (note,))


def _others(around: ArchTable, known: set[str]) -> list[int]:
    """Rows of a table that are not known, each architecture once."""
    found = []
    for row, key in enumerate(around.hashes()):
        if key not in known:
            known.add(key)
            found.append(row)
    return found


def _part(table: ArchTable, seed: int) -> tuple[ArchTable, tuple[str, ...]]:
    """A table of at most `MOST` rows, and what to say of it."""
    if len(table) <= MOST:
        return table, ()
    rows = np.sort(np.random.default_rng(derive_seed(seed, "explore")).permutation(len(table))[:MOST])
    return table[rows], (f"{MOST:,} of {len(table):,} architectures, drawn by seed {seed}",)


def _space_of(table: ArchTable) -> Space | None:
    """The space of all rows, if they say one and its name tells it."""
    names: Sequence[str] = sorted({str(name) for name in table.space})
    if len(names) != 1:
        return None
    try:
        return spaces.get(names[0])
    except InputError:
        return None
