"""Code that files name is imported where it is allowed, and nowhere else."""

import sys

import pytest

from archgraph import InputError, allow_code
from archgraph._code import check_code, code_is_allowed, load_code


@pytest.fixture
def stranger(tmp_path, monkeypatch):
    (tmp_path / "stranger_code.py").write_text("class Layer: pass\n")
    (tmp_path / "broken_code.py").write_text("raise RuntimeError('two\\nlines')")
    monkeypatch.syspath_prepend(tmp_path)
    yield "stranger_code:Layer"
    allow_code(False)
    sys.modules.pop("stranger_code", None)


def test_nothing_is_imported_unasked(stranger):
    assert not code_is_allowed()
    for call in (check_code, load_code):
        with pytest.raises(InputError, match=r"operation mine brings code of its own, stranger_code.*--allow-code"):
            call("operation mine", stranger)
    assert "stranger_code" not in sys.modules


def test_what_is_allowed_is_imported_by_name(stranger):
    allow_code()
    check_code("operation mine", stranger)
    assert load_code("operation mine", stranger) is sys.modules["stranger_code"].Layer


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("stranger_code:Missing", "AttributeError"),
        ("no_such_module:Layer", "ModuleNotFoundError"),
        ("broken_code:Layer", "RuntimeError: two"),
    ],
)
@pytest.mark.usefixtures("stranger")
def test_what_cannot_be_loaded_is_said_in_one_line(reference, reason):
    allow_code()
    with pytest.raises(InputError, match=f"operation mine: cannot load {reference} .{reason}") as refused:
        load_code("operation mine", reference)
    assert "\n" not in str(refused.value)
