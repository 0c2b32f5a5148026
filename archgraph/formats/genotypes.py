"""DARTS genotypes in text: `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=..., reduce=[...], ...)`.

A file may be a list of them, one after another, or a genotypes.py as research code has it; it is parsed as Python and
never run. Liu, Simonyan and Yang, "DARTS" (ICLR 2019).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archgraph import spaces
from archgraph.errors import InputError
from archgraph.formats.natives import columns_of
from archgraph.table.table import ArchTable

MAX_FILE = 1 << 24  # bytes
_FIELDS = ("normal", "normal_concat", "reduce", "reduce_concat")


def read_genotypes(path: Path | str) -> ArchTable:
    """The genotypes in a text file; the id is the variable a genotype is given to, or its number in the file.

    Raises:
        InputError: the file is missing, too large or no Python text, holds no genotype, or one is malformed.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_FILE:
            raise InputError(f"{path}: a file of genotypes has at most {MAX_FILE >> 20} MiB")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = list(_genotypes(tree))
    except FileNotFoundError:
        raise InputError(f"no file {path}; check the name") from None
    except InputError as error:
        raise InputError(str(error) if str(path) in str(error) else f"{path}, {error}") from error
    except SyntaxError as error:
        raise InputError(f"{path}, line {error.lineno}: not Python text ({error.msg})") from error
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{path}: not readable as Python text ({str(error) or type(error).__name__})") from error
    if not found:
        raise InputError(f"{path} holds no Genotype(normal=..., normal_concat=..., reduce=..., reduce_concat=...)")
    try:
        graphs = columns_of(spaces.get("darts"), [native for _, native in found], "genotype")
    except InputError as error:
        raise InputError(f"{path}, {error}") from error
    ids = [name or str(i) for i, (name, _) in enumerate(found)]
    return ArchTable.from_columns(graphs, ids=ids, space="darts")


def _genotypes(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Name and native form of each genotype, in the order of the file."""
    names = {
        id(node.value): node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "Genotype"]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        yield names.get(id(call), ""), _native(call)


def _native(call: ast.Call) -> str:
    given: dict[str | None, ast.expr] = dict(zip(_FIELDS, call.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords}
    if set(given) != set(_FIELDS) or len(call.args) + len(call.keywords) != len(_FIELDS):
        raise InputError(f"line {call.lineno}: a Genotype has {', '.join(_FIELDS)}, each once")
    cells = {}
    for name, value in given.items():
        cells[name] = _concat(value) if str(name).endswith("concat") else _cell(value)
    return "Genotype(" + ", ".join(f"{name}={cells[name]}" for name in _FIELDS) + ")"


def _cell(node: ast.expr) -> str:
    value = _literal(node)
    if not isinstance(value, list | tuple) or len(value) > 64:
        raise InputError(f"line {node.lineno}: a cell is a list of pairs like ('sep_conv_3x3', 0)")
    pairs = []
    for pair in value:
        if (
            not isinstance(pair, list | tuple)
            or len(pair) != 2
            or not isinstance(pair[0], str)
            or type(pair[1]) is not int
        ):
            raise InputError(f"line {node.lineno}: a cell is a list of pairs like ('sep_conv_3x3', 0)")
        pairs.append((pair[0], pair[1]))
    return str(pairs)


def _concat(node: ast.expr) -> str:
    """The vertices that a cell's output concatenates, as a list; `range(2, 6)` is written out."""
    if isinstance(node, ast.Call) and _name(node.func) in ("range", "list") and len(node.args) in (1, 2):
        if _name(node.func) == "list":
            return _concat(node.args[0])
        bounds = [_literal(argument) for argument in node.args]
        if all(type(bound) is int and 0 <= bound <= 64 for bound in bounds):
            return str(list(range(*bounds)))
    value = _literal(node)
    if not isinstance(value, list | tuple) or len(value) > 64 or not all(type(v) is int for v in value):
        raise InputError(f"line {node.lineno}: a concat is a list of vertices, like range(2, 6)")
    return str(sorted(value))


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise InputError(f"line {node.lineno}: a Genotype holds names and numbers only") from error


def _name(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
