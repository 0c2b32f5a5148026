"""Genotypes in text: `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=..., reduce=[...], reduce_concat=...)`.

They are looked for in any text: a list of them, a genotypes.py as research code has it, a dictionary, a training log.
Each is parsed as Python's literals and nothing is run. Liu, Simonyan and Yang, "DARTS" (ICLR 2019).

A genotype that is a member of the DARTS space is one. Others, as NASNet's and AmoebaNet's are (Zoph et al. 2018; Real
et al. 2019), have as many vertices as they list, operations of other windows, and join what they say; they are graphs
of no space with DARTS' network around them. Vertices that reach no output are left out.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archgraph.architecture import Edge, prune
from archgraph.columns import GraphColumns
from archgraph.errors import GraphError, InputError
from archgraph.op_names import parse
from archgraph.persistence.files import check_plain
from archgraph.spaces.darts import OPERATIONS, VERTICES, join_cells
from archgraph.table.table import ArchTable

MAX_FILE = 1 << 28  # bytes
MAX_TEXT = 1 << 14  # characters of one genotype
MAX_FOUND = 1 << 16  # genotypes in a file
MAX_VERTICES = 16
GENERAL = "genotype"
"""The name that graphs of genotypes bear which are no members of the DARTS space."""
_FIELDS = ("normal", "normal_concat", "reduce", "reduce_concat")
_START = re.compile(r"\bGenotype\s*\((?!\s*\w*\s*\))|\bdict\s*\(\s*normal\s*=|\{\s*['\"]normal['\"]\s*:")
_NAME = re.compile(r"(?:\b(\w+)\s*=|['\"]([^'\"]{1,200})['\"]\s*:)\s*(?:\w+\.)*$", re.ASCII)
_WINDOWED = re.compile(r"(sep|dil|nor)?_?(conv|max_pool|avg_pool)_(\d{1,2})x(?:\3|1_1x\3)", re.ASCII)
_WORDS = {"sep": "sepconv{0}x{0}", "dil": "dilconv{0}x{0}", "nor": "relu-conv{0}x{0}-bn", None: "relu-conv{0}x{0}-bn"}
_OTHERS = {"none": "zero", "zero": "zero", "identity": "identity"}
_LOOKED_FOR = "Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=..., reduce=[...], reduce_concat=...)"

Cell = list[list[tuple[str, int]]]
"""For each vertex its (operation, input)."""


@dataclass(frozen=True)
class _Genotype:
    """A genotype: its two cells and what each joins."""

    cells: tuple[tuple[Cell, list[int]], ...]

    @property
    def is_member(self) -> bool:
        """Whether it is in the DARTS space."""
        official = {operation.name for operation in OPERATIONS.values()}
        return all(
            sorted(concat) == list(range(2, VERTICES + 2))
            and len(cell) == VERTICES
            and all(len({source for _, source in vertex}) == len(vertex) == 2 for vertex in cell)
            and {name for vertex in cell for name, _ in vertex} <= official
            for cell, concat in self.cells
        )

    def graph(self) -> tuple[list[str], list[Edge]]:
        """Operations and edges, of what reaches the output."""
        return prune(
            *join_cells([([sorted(v, key=lambda term: term[1]) for v in c], concat) for c, concat in self.cells])
        )


def read_genotypes(path: Path | str) -> ArchTable:
    """The genotypes in a text; the id is the variable or key that names a genotype, or else its number.

    A genotype that does not fit is left out, and a warning says which, where and why.

    Raises:
        InputError: the file is missing, too large or no text, holds no genotype, or none of those in it fits.
    """
    path = Path(path)
    names, graphs, members, reasons = list[str](), list[tuple[list[str], list[Edge]]](), list[bool](), list[str]()
    text = _text(path)
    for number, (name, line, found) in enumerate(_found(text)):
        if number >= MAX_FOUND:
            raise InputError(f"{path} holds more than {MAX_FOUND} genotypes; split it")
        try:
            genotype = _read(found)
            graphs.append(genotype.graph())
        except (InputError, GraphError) as error:
            reasons.append(f"line {line}, {name or f'genotype {number}'}: {error}")
            continue
        names.append(name or str(number))
        members.append(genotype.is_member)
    if not graphs and not reasons:
        raise InputError(f"{path} holds no {_LOOKED_FOR}")
    if not graphs:
        raise InputError(f"{path}, {reasons[0]}" + (f" (and {len(reasons) - 1} others)" if reasons[1:] else ""))
    for reason in reasons:
        warnings.warn(f"{path}, {reason}; it is left out", stacklevel=2)
    space = ["darts" if member else GENERAL for member in members]
    return ArchTable.from_columns(GraphColumns.from_lists(graphs), ids=_distinct(names), space=space)


def _text(path: Path) -> str:
    check_plain(path)
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputError(f"{path}: a text with genotypes has at most {MAX_FILE >> 20} MiB")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: not readable as text ({error})") from error


def _distinct(names: list[str]) -> list[str]:
    """Names that a log gives again and again are numbered."""
    given, seen = Counter(names), Counter[str]()
    ids = []
    for name in names:
        ids.append(name if given[name] == 1 else f"{name}-{seen[name]}")
        seen[name] += 1
    return ids


def _found(text: str) -> Iterator[tuple[str, int, str]]:
    """Name, line and text of each genotype, in the order of the file; comments are passed over."""
    line, counted, end = 1, 0, 0
    for match in _START.finditer(text):
        start = match.start()
        if start < end:
            continue
        line, counted = line + text.count("\n", counted, start), start
        before = text[max(text.rfind("\n", 0, start) + 1, start - 512) : start]
        if "#" in before or re.search(r"\b(?:class|def)\s+$", before):
            continue
        name = _NAME.search(text[max(0, start - 512) : start])
        end = _closing(text, start)
        yield next(filter(None, name.groups()), "") if name else "", line, text[start:end]


def _closing(text: str, start: int) -> int:
    """The end of the expression in brackets that begins behind `start`; at most `MAX_TEXT` further."""
    depth = 0
    for bracket in re.compile(r"[()\[\]{}]").finditer(text, start, start + MAX_TEXT):
        depth += 1 if bracket[0] in "([{" else -1
        if not depth:
            return bracket.end()
    return min(len(text), start + MAX_TEXT)


def _read(text: str) -> _Genotype:
    """The genotype that a call or a dictionary describes.

    Raises:
        InputError: it is none, or does not fit; the text says why.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(
            f"not a whole {_LOOKED_FOR.partition('(')[0]}(...) of at most {MAX_TEXT} characters"
        ) from error
    given: dict[Any, ast.expr] = {}
    twice = False
    if isinstance(tree, ast.Call):
        given = dict(zip(_FIELDS, tree.args, strict=False)) | {word.arg: word.value for word in tree.keywords}
        twice = len(given) < len(tree.args) + len(tree.keywords)
    elif isinstance(tree, ast.Dict):
        keys = [_literal(key) if key else None for key in tree.keys]
        given = {key: value for key, value in zip(keys, tree.values, strict=True) if isinstance(key, str)}
    if not set(_FIELDS) <= set(given) or twice:
        raise InputError(f"a Genotype has {', '.join(_FIELDS)}, each once")
    cells = []
    for kind in ("normal", "reduce"):
        try:
            cell = _cell(given[kind])
            cells.append((cell, _concat(given[f"{kind}_concat"], len(cell))))
        except InputError as error:
            raise InputError(f"{kind}: {error}") from None
    return _Genotype(tuple(cells))


def _cell(node: ast.expr) -> Cell:
    """The vertices of a cell: a list of pairs, two for each vertex, or a list of lists of pairs."""
    value = _literal(node)
    if not isinstance(value, list | tuple) or not 1 <= len(value) <= 4 * MAX_VERTICES:
        raise InputError("a cell is a list of pairs like ('sep_conv_3x3', 0)")
    if _is_term(value[0]):
        if len(value) % 2:
            raise InputError(f"a cell lists two pairs for each vertex, but got {len(value)} pairs")
        value = [value[i : i + 2] for i in range(0, len(value), 2)]
    if len(value) > MAX_VERTICES:
        raise InputError(f"a cell has at most {MAX_VERTICES} vertices, but got {len(value)}")
    cell: Cell = []
    for vertex in value:
        if (
            not isinstance(vertex, list | tuple)
            or not 1 <= len(vertex) <= MAX_VERTICES
            or not all(map(_is_term, vertex))
        ):
            raise InputError("a cell is a list of pairs like ('sep_conv_3x3', 0)")
        for _, source, *_ in vertex:
            if not 0 <= source < len(cell) + 2:
                raise InputError(f"vertex {len(cell) + 2} reads {source}, which is no vertex before it")
        cell.append([(_operation(name), source) for name, source, *_ in vertex])
    return cell


def _is_term(value: Any) -> bool:
    """Whether a value is an operation and its input; a third number, its weight in a search, is passed over."""
    return (
        isinstance(value, list | tuple)
        and len(value) in (2, 3)
        and isinstance(value[0], str)
        and type(value[1]) is int
        and all(isinstance(weight, int | float) for weight in value[2:])
    )


def _operation(name: str) -> str:
    """The name here of an operation of a genotype."""
    known = OPERATIONS.get(name)
    if known is not None:
        return known.name
    if name in _OTHERS:
        return _OTHERS[name]
    match = _WINDOWED.fullmatch(name)
    found = None
    if match and match[2] != "conv" and not match[1]:
        found = f"{match[2].replace('_', '')}{match[3]}x{match[3]}"
    elif match and match[2] == "conv":
        found = ("facconv{0}x{0}" if "x1_1x" in name else _WORDS[match[1]]).format(match[3])
    if found is None or parse(found) is None:
        raise InputError(
            f"unknown operation {name[:64]!r}; known are {', '.join(OPERATIONS)} with any window, conv_1x1, "
            "conv_7x1_1x7, none"
        )
    return found


def _concat(node: ast.expr, vertices: int) -> list[int]:
    """The vertices that a cell's output concatenates; `range(2, 6)` is written out."""
    value: Any = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("range", "list"):
        if node.func.id == "list" and len(node.args) == 1:
            return _concat(node.args[0], vertices)
        bounds = [_literal(argument) for argument in node.args]
        if bounds and len(bounds) <= 3 and all(type(bound) is int and 0 <= bound <= 64 for bound in bounds):
            value = list(range(*bounds)) if len(bounds) < 3 or bounds[2] else None
    else:
        value = _literal(node)
    if not isinstance(value, list | tuple | set) or not value or not all(type(v) is int for v in value):
        raise InputError("a concat is a list of vertices, like range(2, 6)")
    if wrong := [v for v in value if not 0 <= v < vertices + 2]:
        raise InputError(f"the concat joins vertex {wrong[0]}, but there are only {vertices + 2}, from 0")
    if len(set(value)) < len(value):
        raise InputError("the concat joins a vertex twice")
    return sorted(value)


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise InputError("a Genotype holds names and numbers only") from error
