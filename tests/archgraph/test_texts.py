"""Names that others chose."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archgraph.texts import in_docstring, printable


@given(st.text())
def test_nothing_that_a_terminal_acts_on_is_left(text):
    assert printable(text).isprintable()
    assert all(c.isprintable() or c in "\n\t" for c in printable(text, lines=True))
    printable(text).encode("utf-8")


@given(st.text())
def test_a_docstring_holds_any_text_as_text(text):
    source = f'"""{in_docstring(text)}\n"""\nx = 1\n'
    tree = ast.parse(source)
    assert [type(node) for node in tree.body] == [ast.Expr, ast.Assign]
    assert ast.get_docstring(tree, clean=False) == in_docstring(text) + "\n"


@pytest.mark.parametrize("plain", ["val_acc", "Größe [ms]", "|nor_conv_3x3~0|", "日本"])
def test_plain_names_stay(plain):
    assert printable(plain) == plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [("\x1b[2J\x07", "\\x1b[2J\\x07"), ("a\u202eb", "a\\u202eb"), ("a\0b", "a\\x00b"), ("\ud800", "\\ud800")],
)
def test_controls_stand_as_escapes(text, shown):
    assert printable(text) == shown
