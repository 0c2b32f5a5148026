"""Evaluations that may fail: what an objective raises is a result, the reason of a failed trial."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from archgraph.errors import ArchGraphError
from search.objectives.base import Architecture, Objective
from search.objectives.evaluation import Evaluation

_SHOWN = 500  # characters of a reason
_log = logging.getLogger(__name__)


def evaluated(objective: Objective, architectures: Sequence[Architecture], seeds: Sequence[int]) -> list[Evaluation]:
    """Evaluations of architectures side by side; where that raises an exception, one by one.

    So one that cannot be evaluated, as where memory runs out, fails none of its neighbours. What ends a program, such
    as KeyboardInterrupt, does.

    Args:
        objective: evaluates.
        architectures: of its space.
        seeds: one each.

    Returns:
        One evaluation each, in their order; of one that raised an exception, its reason.

    Example:
        >>> from archgraph import spaces
        >>> from search import Architecture, Evaluation, Objective, evaluated
        >>> class Picky(Objective):
        ...     space, names, directions = spaces.get("macro"), ("number",), ("minimize",)
        ...     def __call__(self, architectures, seeds):
        ...         return [Evaluation((1 / int(a.native),)) for a in architectures]
        >>> found = evaluated(Picky(), [Architecture(native, "") for native in ("00000000", "00000001")], [0, 0])
        >>> [(one.values, one.reason) for one in found]
        [((), 'ZeroDivisionError: division by zero'), ((1.0,), None)]
    """
    try:
        return objective(architectures, seeds)
    except Exception as error:
        reason = reason_of(error)
    # Only here, where nothing refers to the exception any more, is the memory free that it held.
    if len(architectures) == 1:
        return [Evaluation((), reason=reason)]
    alone = (evaluated(objective, [a], [seed]) for a, seed in zip(architectures, seeds, strict=True))
    return [evaluation for [evaluation] in alone]


def reason_of(error: Exception) -> str:
    """An exception in one line; all of it goes to the log of this module at level INFO."""
    _log.info("an evaluation failed", exc_info=error)
    text = " ".join(str(error).split())[:_SHOWN]
    if isinstance(error, ArchGraphError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
