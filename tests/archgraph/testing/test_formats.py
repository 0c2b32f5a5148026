"""Readers that break the contract of formats are found."""

import json
import os
import pickle

import pytest
from suites import broken_promises

from archgraph import ArchGraph, ArchTable, InputError
from archgraph.testing import FormatContract

GOOD = {"ops": ["input", "conv3x3-relu", "output"], "edges": [[0, 1], [1, 2]]}


def read(path):
    """As a reader should."""
    try:
        content = json.loads(path.read_bytes())
        graph = ArchGraph(content["ops"], [tuple(edge) for edge in content["edges"]])
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON of a graph: {' '.join(str(error).split())[:200]}") from error
    return ArchTable.from_graphs([graph])


def suite(reader, content=None):
    class Suite(FormatContract):
        broken = 30

        def write(self, folder):
            path = folder / "graph.json"
            path.write_bytes(json.dumps(GOOD).encode() if content is None else content)
            return path

        def read(self, path):
            return reader(path)

    return Suite()


def careless(path):
    content = json.loads(path.read_bytes())
    return ArchTable.from_graphs([ArchGraph(content["ops"], [tuple(edge) for edge in content["edges"]])])


def forgiving(path):
    try:
        return read(path)
    except InputError:
        return ArchTable.from_graphs([ArchGraph(GOOD["ops"], [tuple(edge) for edge in GOOD["edges"]])])


def nameless(path):
    try:
        return read(path)
    except InputError:
        raise InputError("the file cannot be read") from None


def silent(path):
    try:
        return read(path)
    except InputError:
        raise InputError("") from None


def moody(path):
    table = read(path)
    table.metrics["time"] = float(os.urandom(1)[0]) + float(os.urandom(1)[0]) / 256
    return table


def overwriting(path):
    table = read(path)
    path.write_bytes(path.read_bytes() + b" ")
    return table


def unpickling(path):
    pickle.loads(pickle.dumps(read))
    return read(path)


def running(path):
    exec("1")
    return read(path)


def test_a_reader_that_keeps_the_contract_passes(tmp_path):
    assert broken_promises(suite(read), tmp_path) == set()


@pytest.mark.parametrize(
    ("reader", "promises"),
    [
        (careless, {"test_a_file_cut_short_is_refused_or_read", "test_changed_bytes_are_refused_or_read"}),
        (forgiving, {"test_what_is_missing_or_no_file_is_refused", "test_random_bytes_are_refused"}),
        (nameless, {"test_what_is_missing_or_no_file_is_refused"}),
        (silent, {"test_what_is_missing_or_no_file_is_refused", "test_a_file_cut_short_is_refused_or_read"}),
        (moody, {"test_reading_again_gives_the_same"}),
        (overwriting, {"test_reading_again_gives_the_same", "test_reading_runs_and_writes_nothing"}),
        (unpickling, {"test_reading_runs_and_writes_nothing"}),
        (running, {"test_reading_runs_and_writes_nothing"}),
    ],
)
def test_what_breaks_the_contract_is_found(reader, promises, tmp_path):
    assert broken_promises(suite(reader), tmp_path) >= promises


def test_a_file_that_is_not_good_is_found(tmp_path):
    assert "test_a_good_file_is_read" in broken_promises(suite(read, b"{}"), tmp_path)
