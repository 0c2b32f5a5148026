"""Conditions on metrics, such as `val_acc > 0.9 and params < 1e7`: comparisons of metrics and numbers, nothing else."""

from __future__ import annotations

import ast
import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from archgraph.errors import InputError

MAX_TEXT = 1024  # characters of a condition
MAX_POWER = 16  # of which a metric or a number is taken
_QUOTED = re.compile(r"`([^`\n]*)`")
_NODES = (
    *(ast.Expression, ast.Compare, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.Invert),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.BitAnd, ast.BitOr),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Name, ast.Load, ast.Constant),
)
"""What a condition is made of; no call, attribute, subscript or text among it."""


def fulfilled(metrics: pd.DataFrame, condition: str) -> NDArray[np.bool_]:
    """Whether each row fulfils a condition; names that are no identifiers stand between backticks.

    Args:
        metrics: columns of numbers.
        condition: comparisons (`<`, `<=`, `==`, `!=`, `>=`, `>`) of metrics and numbers, of their sums, products and
            powers, joined by `and`, `or` and `not`.

    Returns:
        Whether the condition holds, [rows].

    Raises:
        InputError: the condition is malformed, is more than that, or names an unknown metric.
    """
    shown = f"condition {condition[:64]!r}"
    names = {str(name) for name in metrics}
    quoted = {f"_quoted_{i}": name for i, name in enumerate(_QUOTED.findall(condition))}
    places = iter(quoted)
    placed = _QUOTED.sub(lambda _: f" {next(places)} ", condition).strip()
    if not placed.isascii() or len(condition) > MAX_TEXT:
        raise InputError(
            f"{shown}: compare metrics with numbers, as in `val_acc > 0.9`, in at most {MAX_TEXT} characters; other "
            "letters than those of English stand between backticks"
        )
    try:
        tree = ast.parse(placed, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{shown}: {reason}; write it as in `val_acc > 0.9`") from error
    named = {node.id: quoted.get(node.id, node.id) for node in ast.walk(tree) if isinstance(node, ast.Name)}
    if not all(map(_is_admitted, ast.walk(tree))):
        raise InputError(f"{shown}: compare metrics with numbers, as in `val_acc > 0.9`; nothing can be called")
    if unknown := sorted(set(named.values()) - names):
        raise InputError(
            f"{shown}: there is no metric {unknown[0]!r}; metrics are {', '.join(sorted(names)) or 'none'}"
        )
    try:
        columns = pd.DataFrame({place: metrics[name] for place, name in named.items()}, index=metrics.index)
        mask = np.asarray(columns.eval(placed, engine="python"))
    except Exception as error:  # pandas raises whatever its parser and the expression raise
        raise InputError(f"{shown}: {(str(error).splitlines() or [type(error).__name__])[0]}") from error
    if mask.dtype != np.bool_ or mask.shape != (len(metrics),):
        raise InputError(f"{shown} is true or false of no row; write it as in `val_acc > 0.9`")
    return mask


def _is_admitted(node: ast.AST) -> bool:
    """Whether a part of a condition is one that it may have."""
    if isinstance(node, ast.Constant):
        return type(node.value) is float or (type(node.value) is int and abs(node.value) < 1 << 53)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        power = node.right.operand if isinstance(node.right, ast.UnaryOp) else node.right
        value = power.value if isinstance(power, ast.Constant) else None
        small = isinstance(value, int | float) and value <= MAX_POWER
        return small and isinstance(node.left, ast.Name | ast.Constant)
    return isinstance(node, _NODES)
