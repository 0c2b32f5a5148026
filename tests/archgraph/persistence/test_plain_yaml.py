"""YAML as plain data."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from archgraph import InputError
from archgraph.persistence import plain_yaml
from archgraph.persistence.plain_yaml import parse_yaml, read_yaml

LAUGHS = "a: &a [x, x]\n" + "\n".join(f"{b}: &{b} [*{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LAUGHS, "aliases"),
        ("a: &a [*a]", "aliases"),
        ("!!int abc", "tags"),
        ("!!python/object/apply:os.system [ls]", "tags"),
        ("x: !own 1", "tags"),
        ("[" * 3000, "nested more than"),
        ("- " * 3000 + "x", "nested more than"),
        ("{" * 100 + "}" * 100, "nested more than"),
        ("x: " + "9" * 5000, "digits"),
        ("{a: 1, b: 2, a: 3}", "the key 'a' stands twice"),
        ("a: {b: 1, 'b': 2}", "the key 'b' stands twice"),
        ("{[1]: 2}", "unhashable"),
        ("a: b: c", "mapping values"),
        ("x: \x00", "special characters"),
        ("[" + "1," * (1 << 15) + "1]", "values"),
        ("x" * (1 << 21), "characters"),
    ],
)
def test_what_is_more_than_plain_data_within_limits_is_refused_in_one_line(tmp_path, text, reason):
    with pytest.raises(InputError, match=reason) as refused:
        parse_yaml(text)
    assert "\n" not in str(refused.value)
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(InputError, match=r"x\.yaml"):
        read_yaml(tmp_path / "x.yaml")


@pytest.mark.parametrize("text", ["2001-01-01", "2001-99-99", "2001-01-01 10:00:00"])
def test_a_date_is_a_text(text):
    assert parse_yaml(text) == text
    assert parse_yaml(f"when: {text}") == {"when": text}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1e-3", 1e-3),
        ("1E5", 1e5),
        ("-2.5e+3", -2500.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1_000", 1000),
        ("0x1F", 31),
        ("+0", 0),
    ],
)
def test_a_number_is_read_as_it_is_written_in_python(text, number):
    assert parse_yaml(text) == number
    assert type(parse_yaml(f"[{text}]")[0]) is type(number)


@pytest.mark.parametrize(
    "text", ["017", "-010", "00012101", "1:30", "190:20:30", "190:20:30.15", "0o17", "1e", "e5", "1.2.3"]
)
def test_what_could_be_another_number_than_it_says_is_a_text(text):
    assert parse_yaml(text) == text


class _Dumper(yaml.SafeDumper):
    """Quotes texts that are read as something else."""

    yaml_implicit_resolvers = plain_yaml._Plain.yaml_implicit_resolvers


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_plain_data_come_back(value):
    assert parse_yaml(yaml.dump(value, Dumper=_Dumper)) == value


@given(st.text(st.sampled_from("ab01:-,[]{}&*!|>'\"%@`#?\n \t.~<"), max_size=60))
def test_any_text_is_plain_data_or_refused(text):
    try:
        found = parse_yaml(text)
    except InputError:
        return
    assert parse_yaml(yaml.dump(found, Dumper=_Dumper)) == found or found != found


@pytest.mark.parametrize(("name", "reason"), [("missing.yaml", "no file"), (".", "directory")])
def test_what_is_no_file_is_named(tmp_path, name, reason):
    with pytest.raises(InputError, match=reason):
        read_yaml(tmp_path / name)


def test_no_more_of_a_file_is_read_than_may_be_parsed(tmp_path, monkeypatch):
    monkeypatch.setattr(plain_yaml, "MAX_TEXT", 10)
    (tmp_path / "x.yaml").write_text("a" * 11)
    with pytest.raises(InputError, match="more than 10 characters"):
        read_yaml(tmp_path / "x.yaml")
