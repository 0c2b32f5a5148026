"""Operations of one's own travel with the graphs."""

from __future__ import annotations

import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from archgraph import ArchGraph, ArchTable, InputError, Operation
from archgraph.ops import OPS
from archgraph.table.descriptions import described, operation_of

OWN = {
    "test-gat": {"kind": "message_passing", "numbers": {"heads": 8}},
    "test-fc": {"kind": "linear", "expansion": 2.0},
}
CHAIN = [(0, 1), (1, 2), (2, 3)]


class Undone(Exception):
    """Ends a block after which the vocabulary is as before."""


def table() -> ArchTable:
    for name, fields in OWN.items():
        OPS.register(operation_of(name, fields))
    graphs = [
        ArchGraph(["input", *names, "output"], CHAIN) for names in (("identity", "test-fc"), ("test-gat", "test-fc"))
    ]
    return ArchTable.from_graphs(graphs)


def line(**more):
    return json.dumps({"ops": ["input", "test-new", "output"], "edges": [[0, 1], [1, 2]]} | more) + "\n"


def test_a_description_holds_what_is_not_the_default():
    table()
    assert described(["input", "conv3x3", "test-gat", "test-fc", "sepconv3x3"]) == OWN
    assert [operation_of(name, fields) for name, fields in OWN.items()] == [OPS[name] for name in OWN]


def test_the_first_line_that_uses_an_operation_describes_it(tmp_path):
    table().write(tmp_path / "t.jsonl")
    lines = [json.loads(text) for text in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert [record["operations"] for record in lines] == [
        {"test-fc": OWN["test-fc"]},
        {"test-gat": OWN["test-gat"]},
    ]


def test_the_schema_of_a_parquet_file_describes_them(tmp_path):
    table().write(tmp_path / "t.parquet")
    assert json.loads(pq.read_schema(tmp_path / "t.parquet").metadata[b"operations"]) == OWN


def test_files_of_shipped_operations_hold_no_descriptions(tmp_path):
    shipped = ArchTable.from_graphs([ArchGraph(["input", "conv3x3", "output"], [(0, 1), (1, 2)])])
    for suffix in ("jsonl", "parquet"):
        shipped.write(tmp_path / f"t.{suffix}")
    assert "operations" not in json.loads((tmp_path / "t.jsonl").read_text())
    assert b"operations" not in (pq.read_schema(tmp_path / "t.parquet").metadata or {})


def test_a_process_that_never_met_the_operations_reads_both_forms(tmp_path):
    for suffix in ("jsonl", "parquet"):
        table().write(tmp_path / f"t.{suffix}")
    code = (
        "import sys; from archgraph import ArchTable; from archgraph.ops import OPS;"
        "a, b = map(ArchTable.read, sys.argv[1:]); assert a.hashes() == b.hashes();"
        "print(OPS['test-gat'].numbers, OPS['test-fc'].expansion, 'torch' in sys.modules)"
    )
    files = [str(tmp_path / f"t.{suffix}") for suffix in ("jsonl", "parquet")]
    done = subprocess.run([sys.executable, "-c", code, *files], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "{'heads': 8} 2.0 False"


def test_a_name_that_is_known_otherwise_is_refused(tmp_path):
    table()
    (tmp_path / "t.jsonl").write_text(line(operations={"test-fc": {"kind": "conv"}}))
    with pytest.raises(InputError, match=r"line 1: operation test-fc is already registered with other properties"):
        ArchTable.read(tmp_path / "t.jsonl")
    (tmp_path / "t.jsonl").write_text(line(operations={"sepconv3x3": {"kind": "conv"}}))
    with pytest.raises(InputError, match="sepconv3x3 is already registered"):
        ArchTable.read(tmp_path / "t.jsonl")


def test_a_name_that_says_what_it_is_keeps_its_meaning_in_files_that_do_not_describe_it(tmp_path):
    """`conv13x13-gelu` describes itself; who means another by it can, but files of others are then not misread."""
    own = [{"ops": ["input", "conv13x13-gelu", "output"], "edges": [[0, 1], [1, 2]]}]
    (tmp_path / "plain.jsonl").write_text(json.dumps(own[0]) + "\n")
    (tmp_path / "own.jsonl").write_text(
        json.dumps(own[0] | {"operations": {"conv13x13-gelu": {"kind": "message_passing"}}}) + "\n"
    )
    with pytest.raises(Undone), OPS.kept_if_whole():  # noqa: PT012
        assert OPS[ArchTable.read(tmp_path / "own.jsonl").op_index[1]].kind == "message_passing"
        with pytest.raises(InputError, match="conv13x13-gelu is registered with other properties than its name says"):
            ArchTable.read(tmp_path / "plain.jsonl")
        raise Undone


def test_a_file_that_is_refused_leaves_nothing_behind(tmp_path):
    before = list(OPS)
    (tmp_path / "t.jsonl").write_text(line(operations={"test-new": {"kind": "conv"}}) + "nonsense\n")
    with pytest.raises(InputError, match="line 2"):
        ArchTable.read(tmp_path / "t.jsonl")
    assert list(OPS) == before
    assert "test-new" not in OPS


@pytest.mark.parametrize(
    ("operations", "reason"),
    [
        (["test-new"], "maps names of operations to descriptions"),
        ({"test-new": "conv"}, "a description is a mapping"),
        ({"test-new": {}}, "kind is needed"),
        ({"test-new": {"kind": "conv", "size": 3}}, "no setting 'size'"),
        ({"test-new": {"kind": "conv", "kernel": 10**9}}, "at most 1e6"),
        ({"test-new": {"kind": "own", "numbers": {"heads": 1e9}}}, "heads is at most 1e6"),
        ({"test-new": {"kind": "own", "numbers": {"heads": "8"}}}, "numbers is settings by name, each a number"),
        ({"a b": {"kind": "conv"}}, "no space"),
    ],
)
def test_a_malformed_description_is_refused(tmp_path, operations, reason):
    (tmp_path / "t.jsonl").write_text(line(operations=operations))
    with pytest.raises(InputError, match=reason) as error:
        ArchTable.read(tmp_path / "t.jsonl")
    assert "\n" not in str(error.value)


def test_descriptions_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("archgraph.table.descriptions.MAX_DESCRIBED", len(OPS) + 5)
    many = {f"test-many{i}": {"kind": "own"} for i in range(10)}
    (tmp_path / "t.jsonl").write_text(line(operations=many))
    with pytest.raises(InputError, match="more than there is room for"):
        ArchTable.read(tmp_path / "t.jsonl")


def test_metadata_that_are_no_descriptions_are_refused(tmp_path):
    table().write(tmp_path / "t.parquet")
    content = pq.read_table(tmp_path / "t.parquet")
    for value in (b"{", b"3", b'{"x": {}}'):
        pq.write_table(content.replace_schema_metadata({b"operations": value}), tmp_path / "u.parquet")
        with pytest.raises(InputError, match=r"u\.parquet: "):
            ArchTable.read(tmp_path / "u.parquet")


def test_two_operations_of_different_names_never_have_the_same_features():
    names = [f"test-free{i}" for i in range(200)]
    seen = {tuple(Operation(name, "other").features()) for name in names}
    assert len(seen) == len(names)
