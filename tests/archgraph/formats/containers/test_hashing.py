"""What it would cost to hash the keys of a pickle."""

from __future__ import annotations

import pickle

import pytest

from archgraph import InputError
from archgraph.formats.containers.hashing import check_hashing
from archgraph.formats.containers.pickles import load


def doubled(levels: int) -> tuple:
    key: tuple = ("a",)
    for _ in range(levels):
        key = (key, key)
    return key


def nested(key: bytes, before: bytes, after: bytes) -> bytes:
    """A pickle that uses what `key` makes between two pieces."""
    return b"\x80\x02" + before + key + after + b"."


KEY = pickle.dumps(doubled(40), 2)[2:-1]


@pytest.mark.parametrize(
    "data",
    [
        nested(KEY, b"}", b"Ns"),
        nested(KEY, b"}(", b"Nu"),
        nested(KEY, b"(", b"Nd"),
        b"\x80\x04\x8f(" + KEY + b"\x90.",
        b"\x80\x04(" + KEY + b"\x91.",
        nested(KEY, b"c__builtin__\nset\n]", b"a\x85R"),
        nested(KEY, b"c__builtin__\nfrozenset\n(", b"l\x85R"),
        nested(KEY, b"c__builtin__\ndict\n(((", b"Nttt\x85R"),
    ],
    ids=["item", "items", "dictionary", "set", "frozen set", "set of a list", "frozen set of a list", "pairs"],
)
def test_a_key_of_tuples_that_share_their_parts_is_refused_before_it_is_hashed(tmp_path, data):
    (tmp_path / "x.pickle").write_bytes(data)
    with pytest.raises(InputError, match="too long to hash"):
        load(tmp_path / "x.pickle")


def test_tuples_that_share_their_parts_and_are_no_keys_are_read(tmp_path):
    (tmp_path / "x.pickle").write_bytes(pickle.dumps([doubled(40)]))
    part, count = load(tmp_path / "x.pickle")[0], 0
    while isinstance(part, tuple):
        part, count = part[0], count + 1
    assert count == 41


def test_plain_keys_that_are_shared_often_are_read(tmp_path):
    keys = [("data", number) for number in range(50)]
    content = [dict.fromkeys(keys, index) for index in range(100)]
    (tmp_path / "x.pickle").write_bytes(pickle.dumps(content))
    assert load(tmp_path / "x.pickle") == content


@pytest.mark.parametrize("data", [b"\x80\x02s.", b"\x80\x02\x86.", b"\x80\x02h\x05.", b"\x80\x02R.", b"\x80\x02t."])
def test_what_takes_from_an_empty_stack_is_refused(data):
    with pytest.raises(InputError, match="not there"):
        check_hashing(data)
