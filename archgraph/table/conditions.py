"""Conditions on metrics, such as `val_acc > 0.9 and params < 1e7`: comparisons of metrics and numbers, nothing else."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from archgraph.errors import InputError

MAX_TEXT = 1024  # characters of a condition
_QUOTED = re.compile(r"`([^`\n]*)`")
_WRITTEN = "compare metrics with numbers, as in `val_acc > 0.9`"
_ARITHMETIC: dict[type[ast.AST], Callable[..., Any]] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv},
    **{ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow},
    **{ast.USub: operator.neg, ast.UAdd: operator.pos},
}
_COMPARISONS: dict[type[ast.AST], Callable[..., Any]] = {
    **{ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le},
    **{ast.Gt: operator.gt, ast.GtE: operator.ge},
}


def fulfilled(metrics: pd.DataFrame, condition: str) -> NDArray[np.bool_]:
    """Whether each row fulfils a condition; names that are no identifiers stand between backticks.

    Args:
        metrics: columns of numbers.
        condition: comparisons (`<`, `<=`, `==`, `!=`, `>=`, `>`) of metrics and numbers, of their sums, products and
            powers, joined by `and`, `or` and `not`; `&`, `|` and `~` say the same.

    Returns:
        Whether the condition holds, [rows]; of what was not measured no comparison but `!=` does.

    Raises:
        InputError: the condition is malformed, is more than that, or names an unknown metric.
    """
    shown = f"condition {str(condition)[:64]!r}"
    if not isinstance(condition, str) or len(condition) > MAX_TEXT or not _QUOTED.sub("", condition).isascii():
        raise InputError(
            f"{shown}: {_WRITTEN}, in at most {MAX_TEXT} characters; other letters than those of English stand between "
            "backticks"
        )
    columns = {str(name): values.to_numpy(float) for name, values in metrics.items()}
    names = {f"é{place}": name for place, name in enumerate(_QUOTED.findall(condition))}  # no name outside of backticks
    places = iter(names)
    placed = _QUOTED.sub(lambda _: f" {next(places)} ", condition).replace("&", " and ").replace("|", " or ")
    try:
        tree = ast.parse(placed.strip(), mode="eval")
        with np.errstate(all="ignore"):
            mask = np.asarray(_truth(tree.body, columns, names))
    except InputError as error:
        raise InputError(f"{shown}: {error}") from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{shown}: {reason}; write it as in `val_acc > 0.9`") from error
    if mask.shape != (len(metrics),):
        raise InputError(f"{shown} is true or false of no row; write it as in `val_acc > 0.9`")
    return mask


def _truth(node: ast.expr, columns: Mapping[str, NDArray[Any]], names: Mapping[str, str]) -> Any:
    """What is true or false: a comparison of numbers, or several that are joined."""
    match node:
        case ast.Compare():
            numbers = [_number(one, columns, names) for one in (node.left, *node.comparators)]
            pairs = zip(node.ops, numbers, numbers[1:], strict=False)
            return reduce(operator.and_, (_made(_COMPARISONS, op, left, right) for op, left, right in pairs))
        case ast.BoolOp():
            join = operator.and_ if isinstance(node.op, ast.And) else operator.or_
            return reduce(join, (_truth(one, columns, names) for one in node.values))
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            return np.logical_not(_truth(node.operand, columns, names))
    raise InputError(f"a number or a metric alone is neither true nor false; {_WRITTEN}; nothing can be called")


def _number(node: ast.expr, columns: Mapping[str, NDArray[Any]], names: Mapping[str, str]) -> Any:
    """What is compared: a metric, a number, or what arithmetic makes of them."""
    match node:
        case ast.Name():
            if (name := names.get(node.id, node.id)) in columns:
                return columns[name]
            raise InputError(f"there is no metric {name!r}; metrics are {', '.join(sorted(columns)) or 'none'}")
        case ast.Constant(value=float() as value):
            return np.float64(value)
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            if value >= 1 << 53:
                raise InputError(f"{_WRITTEN}; whole numbers are below 2^53, larger ones are written as 1e16")
            return np.float64(value)
        case ast.BinOp():
            left, right = (_number(one, columns, names) for one in (node.left, node.right))
            return _made(_ARITHMETIC, node.op, left, right)
        case ast.UnaryOp():
            return _made(_ARITHMETIC, node.op, _number(node.operand, columns, names))
    raise InputError(f"{_WRITTEN}; nothing can be called")


def _made(known: Mapping[type[ast.AST], Callable[..., Any]], op: ast.AST, *numbers: Any) -> Any:
    if type(op) not in known:
        raise InputError(f"{_WRITTEN}; nothing can be called")
    return known[type(op)](*numbers)
