"""Columns of numbers as people write them: percent signs, thousands, decimal commas, and words for what is missing."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import InputError

Floats = NDArray[np.float64]
Cells = Sequence[str | None]
"""The cells of a column as texts, None where there is nothing."""
# fmt: off
MISSING = (
    "-", "--", "–", "—", ".", "?", "na", "n/a", "n.a.", "#n/a", "nan", "null", "none", "nil", "inf", "-inf", "+inf",
    "infinity", "-infinity", "+infinity", "missing", "unknown", "oom", "fail", "failed", "failure", "error", "err",
    "timeout", "killed", "crash", "crashed", "diverged", "skipped", "pending", "running", "tbd", "todo",
    "#div/0!", "#value!", "#ref!",
)
# fmt: on
"""Words that stand for "not measured", in small letters, beside blank cells."""
_WORDS = frozenset([*MISSING, "", "out of memory", "not measured"])
_FEW = 64  # cells that tell whether a column is worth reading
_LISTED = 5  # words or columns that a note names


@dataclass(frozen=True)
class _Form:
    """A way in which numbers are written; `group` stands between thousands, `point` before decimals."""

    pattern: re.Pattern[str]
    group: str
    point: str
    said: str | None

    def number(self, cell: str) -> float:
        cell = cell.translate(_PLAIN_MINUS)
        return float(re.sub(self.group, "", cell).replace(self.point, ".")) if self.group else float(cell)


_PLAIN_MINUS = str.maketrans("\u2212\u2013", "--")  # the minus and the dash of word processors
_SIGN = "[+\\-\u2212\u2013]?"
_BLANKS = " '\u2019_\u00a0\u2009\u202f"
_EXPONENT = r"(?:[eE][+-]?\d{1,4})?"
_PLAIN = _Form(re.compile(rf"{_SIGN}(?:\d+\.?\d*|\.\d+){_EXPONENT}", re.ASCII), "", ".", None)
_COMMAS = _Form(
    re.compile(rf"{_SIGN}(?:[1-9]\d{{0,2}}(?:,\d{{3}})+|\d+)(?:\.\d*)?", re.ASCII), ",", ".", "commas part thousands"
)
_SPACES = _Form(
    re.compile(rf"{_SIGN}(?:[1-9]\d{{0,2}}(?:[{_BLANKS}]\d{{3}})+|\d+)(?:\.\d*)?", re.ASCII),
    f"[{_BLANKS}]",
    ".",
    "blanks or apostrophes part thousands",
)
_DECIMAL = _Form(
    re.compile(
        rf"{_SIGN}(?:(?:[1-9]\d{{0,2}}([.{_BLANKS}])\d{{3}}(?:\1\d{{3}})*|\d+)(?:,\d*)?|,\d+){_EXPONENT}", re.ASCII
    ),
    f"[.{_BLANKS}]",
    ",",
    "commas part decimals",
)
_DECORATED = re.compile(
    r"[+-]?(?:\d[\d.,]*|\.\d+)(?:[eE][+-]?\d+)?\s*(?:(?:±|\+/-|\+-|\().*|[^\W\d_]{1,8}|[%°µ$€])"
    r"|[~≈<>≤≥=$€£(]+\s*[+-]?(?:\d|\.\d).*"
)
"""A number with something that says more: a spread, a unit, a bound."""


def read_numbers(path: Path, columns: Mapping[str, Cells], decimal_comma: bool = False) -> dict[str, Floats]:
    """The columns of texts that hold numbers, read; what is left out, missing or read in a way that one may doubt is
    said in a warning each.

    A column is read in the one form that all of its cells have: plain, with percent signs, with thousands apart, or
    with decimal commas, which a whole file has where one column can be read in no other way.

    Args:
        path: for what is said.
        columns: name -> cells, all of one length.
        decimal_comma: whether commas part decimals where both could be meant.

    Returns:
        name -> numbers, NaN where missing, [cells]; columns of other texts are left out.

    Raises:
        InputError: at least half of a column's cells are numbers, but not all; the text names row, column and word.

    Example:
        >>> import warnings
        >>> from pathlib import Path
        >>> from archgraph.formats.number_columns import read_numbers
        >>> with warnings.catch_warnings(record=True) as notes:
        ...     found = read_numbers(Path("t.csv"), {"acc": ["91.5%", "OOM"], "note": ["good", "bad"]})
        >>> found
        {'acc': array([91.5,  nan])}
    """
    stripped = {name: [None if cell is None else cell.strip() for cell in cells] for name, cells in columns.items()}
    decimal_comma = decimal_comma or any(
        _DECIMAL.pattern.fullmatch(cell) and "," in cell and not _COMMAS.pattern.fullmatch(cell)
        for cells in stripped.values()
        for cell in {_bare(cell) for cell in cells if cell is not None}
    )
    found, left_out = {}, []
    for name, cells in stripped.items():
        values = _numbers(path, name, cells, decimal_comma)
        if values is None:
            left_out.append(name)
        else:
            found[name] = values
    if left_out:
        say_left_out(path, left_out, "no numbers")
    return found


def may_be_numbers(cells: Cells) -> bool:
    """Whether a column that begins with these cells may hold numbers, so that it is worth reading."""
    some = [cell.strip() for cell in cells[:_FEW] if cell is not None]
    return all(_is_missing(cell) for cell in some) or any(_is_like_a_number(cell) for cell in some)


def say_left_out(path: Path, names: Sequence[str], why: str) -> None:
    """Warn that columns are left out."""
    warnings.warn(f"{path}: left out, {why}: {_listed(names)}", stacklevel=3)


def say_missing(path: Path, name: str, empty: int, cells: int, words: Sequence[str]) -> None:
    """Warn that so many of the cells of a column are empty, some by these words."""
    shown = _listed([repr(word) if word else "blank" for word in words])
    warnings.warn(f"{path}, column {name[:64]}: {empty} of {cells} cells not measured ({shown})", stacklevel=3)


def _numbers(path: Path, name: str, cells: Cells, decimal_comma: bool) -> Floats | None:
    """The numbers of a column; None where it holds other texts."""
    known = {cell for cell in cells if cell is not None and not _is_missing(cell)}
    if not known:
        return None
    signed = sum(cell.endswith("%") for cell in known) * 2 > len(known)
    forms = (_PLAIN, _SPACES, _DECIMAL, _COMMAS) if decimal_comma else (_PLAIN, _COMMAS, _SPACES, _DECIMAL)
    fits = [_fitting(form, known, signed) for form in forms]
    best = max(range(len(forms)), key=lambda i: (len(fits[i]), -i))
    form, fitting = forms[best], fits[best]
    if len(fitting) < len(known):
        odd = next(row for row, cell in enumerate(cells) if cell in known and cell not in fitting)
        like = sum(cell in known and (cell in fitting or _is_like_a_number(cell)) for cell in cells if cell is not None)
        if 2 * like < sum(cell in known for cell in cells):
            return None
        raise InputError(
            f"{path}, row {odd}, column {name[:64]}: {str(cells[odd])[:64]!r} is no number like the rest of it; "
            "write a number alone, or leave the cell empty where nothing was measured"
        )
    read = {cell: form.number(_bare(cell)) for cell in known}
    number = {cell: value for cell, value in read.items() if np.isfinite(value)}
    words = Counter(cell for cell in cells if cell is not None and cell not in number)
    said = ["percent signs are left out"] if signed else []
    if form.said is not None:
        said.append(f"{form.said}, as in {max(known, key=lambda cell: (len(cell), cell))[:64]!r}")
    if words:
        empty = sum(words.values()) + sum(cell is None for cell in cells)
        say_missing(path, name, empty, len(cells), sorted(words))
    if said:
        warnings.warn(f"{path}, column {name[:64]}: {'; '.join(said)}", stacklevel=3)
    return np.array([np.nan if cell is None else number.get(cell, np.nan) for cell in cells], dtype=np.float64)


def _fitting(form: _Form, cells: set[str], signed: bool) -> set[str]:
    return {cell for cell in cells if cell.endswith("%") == signed and form.pattern.fullmatch(_bare(cell))}


def _bare(cell: str) -> str:
    """A cell without its percent sign."""
    return cell.removesuffix("%").rstrip()


def _is_missing(cell: str) -> bool:
    return cell.lower() in _WORDS


def _is_like_a_number(cell: str) -> bool:
    forms = (_PLAIN, _COMMAS, _DECIMAL, _SPACES)
    return any(form.pattern.fullmatch(_bare(cell)) for form in forms) or bool(_DECORATED.fullmatch(cell))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(str(name)[:64] for name in names[:_LISTED])
    return shown if len(names) <= _LISTED else f"{shown} and {len(names) - _LISTED} more"
