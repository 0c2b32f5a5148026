"""NAS-Bench-101's TFRecord files."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from broken_inputs import COUNTS, changed, cut_or_flip
from made_messages import field, write_records

from archgraph import InputError, spaces
from archgraph.formats.nasbench101 import read_nasbench101
from archgraph.table.table import ArchTable


def evaluation(*numbers: float) -> bytes:
    return b"".join(field(i, value) for i, value in enumerate(numbers, 1)) + field(6, b"path")


def message(test: float, params: int = 8_555_530) -> str:
    evaluations = (evaluation(0.0, 0.0, 0.1, 0.1, 0.1), evaluation(54.0, 10.0, 0.5, 0.5, 0.5))
    last = evaluation(108.0, 1769.0, 1.0, 0.93, test)
    parts = [field(1, part) for part in (*evaluations, last)]
    return base64.b64encode(b"".join([*parts, field(2, params), field(3, 2000.0)])).decode()


CELLS = {
    "a" * 32: ("0100001000010000", "input,conv3x3-bn-relu,maxpool3x3,output"),
    "b" * 32: ("011001000", "input,conv1x1-bn-relu,output"),
}

RECORDS = [
    [name, epochs, *cell, message(test)]
    for name, cell in CELLS.items()
    for epochs, test in ((108, 0.9), (108, 0.94), (4, 0.5))
]


def encoded(records) -> list[bytes]:
    return [json.dumps(record).encode() for record in records]


def test_the_runs_of_a_cell_are_averaged_by_training_length(tmp_path):
    write_records(tmp_path / "x.tfrecord", encoded(RECORDS))
    table = read_nasbench101(tmp_path / "x.tfrecord")
    assert table.ids.tolist() == list(CELLS)
    assert table.space.tolist() == ["nasbench101"] * 2
    assert table[0].ops == ("input", "conv3x3-bn-relu", "maxpool3x3", "output")
    assert table[1].edges == [(0, 1), (0, 2), (1, 2)]
    assert table.metrics["test_acc_108ep"].tolist() == pytest.approx([0.92, 0.92])
    assert table.metrics["test_acc_4ep"].tolist() == [0.5, 0.5]
    assert table.metrics["params"].tolist() == [8_555_530] * 2
    assert table.metrics["train_time_s_108ep"].tolist() == [1769.0] * 2


def test_a_length_without_runs_is_not_measured(tmp_path):
    write_records(tmp_path / "x.tfrecord", encoded([*RECORDS[:3], RECORDS[4]]))
    assert np.isnan(read_nasbench101(tmp_path / "x.tfrecord").metrics["val_acc_4ep"][1])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({0: 7}, "hash"),
        ({1: 0}, "epochs"),
        ({1: True}, "epochs"),
        ({2: "0100"}, ""),
        ({3: "input,conv9x9,maxpool3x3,output"}, ""),
        ({2: "0" * 16}, ""),
        ({2: "0100001000011000"}, ""),
        ({4: "!!!"}, "not a record"),
        ({4: base64.b64encode(b"\x12").decode()}, "protobuf"),
        ({4: base64.b64encode(field(2, 5)).decode()}, "no evaluation"),
        ({4: message(float("nan"))}, "not finite"),
    ],
)
def test_a_malformed_record_is_named(tmp_path, change, reason):
    record = list(RECORDS[0])
    for place, value in change.items():
        record[place] = value
    write_records(tmp_path / "x.tfrecord", encoded([RECORDS[3], record]))
    with pytest.raises(InputError, match=f"record 1: .*{reason}"):
        read_nasbench101(tmp_path / "x.tfrecord")


def test_an_empty_or_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read_nasbench101(tmp_path / "x.tfrecord")
    (tmp_path / "x.tfrecord").touch()
    with pytest.raises(InputError, match="holds no record"):
        read_nasbench101(tmp_path / "x.tfrecord")


@pytest.mark.parametrize("count", COUNTS)
def test_damaged_files_are_refused(survives, tmp_path, count):
    write_records(tmp_path / "valid", encoded(RECORDS))
    make = cut_or_flip((tmp_path / "valid").read_bytes())
    assert survives(read_nasbench101, make, "x.tfrecord", count) > 0.8 * count


@pytest.mark.parametrize("count", COUNTS)
def test_odd_values_behind_good_checksums_are_refused_or_read(survives, tmp_path, count):
    def make(rng):
        records = [json.dumps(r).encode() for r in changed(RECORDS)(rng)]
        if rng.random() < 0.4:
            place = rng.randrange(len(RECORDS))
            broken = list(RECORDS[place])
            broken[4] = base64.b64encode(cut_or_flip(base64.b64decode(broken[4]))(rng)).decode()
            records = encoded([*RECORDS[:place], broken])
        write_records(tmp_path / "made", records)
        return (tmp_path / "made").read_bytes()

    assert survives(read_nasbench101, make, "x.tfrecord", count) > count / 5


def test_published_cells_come_through_a_record(nasbench, tmp_path):
    table = ArchTable.read(nasbench / "nb101_30001.parquet")[:300]
    space = spaces.get("nasbench101")
    natives = [space.to_native(graph).split(":") for graph in table]
    write_records(
        tmp_path / "x", encoded([[i, 108, *n, message(0.9)] for i, n in zip(table.ids, natives, strict=True)])
    )
    assert list(read_nasbench101(tmp_path / "x")) == list(table)
