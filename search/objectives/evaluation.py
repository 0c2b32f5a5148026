"""What one paid evaluation gives, and what it cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archgraph.checks import check_not_negative

COST = "gmacs"  # trial attribute: 10^9 multiply-adds paid: image passes times multiply-adds of the network
SECONDS = "seconds"  # trial attribute: seconds paid
QUERIES = "queries"  # trial attribute: evaluations paid
STEPS = "steps"  # trial attribute: steps paid, such as epochs, where evaluations report after steps
REASON = "reason"  # trial attribute: why the evaluation failed


@dataclass(frozen=True)
class Evaluation:
    """What one paid evaluation gives: values, or the reason why there are none.

    Args:
        values: one number an objective; one that is not finite is a reason to have failed.
        gmacs: 10^9 multiply-adds paid for it; None where unknown.
        seconds: paid for it; None where unknown.
        queries: evaluations that it stands for; a part of one where it was stopped.
        attributes: further figures, stored with the trial.
        reason: why the evaluation failed; None where it did not.

    Raises:
        InputError: a cost is negative or not finite.

    Example:
        >>> from search import Evaluation
        >>> Evaluation((float("nan"),)).reason
        'its value is no finite number, but nan'
    """

    values: tuple[float, ...]
    gmacs: float | None = None
    seconds: float | None = None
    queries: float = 1
    attributes: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None

    def __post_init__(self) -> None:
        odd = [value for value in self.values if not math.isfinite(value)]
        if odd and self.reason is None:
            object.__setattr__(self, "reason", f"its value is no finite number, but {odd[0]}")
        check_not_negative(**self.costs)

    @property
    def costs(self) -> dict[str, float]:
        """The trial attributes of what was paid."""
        paid = {COST: self.gmacs, SECONDS: self.seconds, QUERIES: self.queries}
        return {name: float(value) for name, value in paid.items() if value is not None}

    @property
    def stored(self) -> dict[str, Any]:
        """All trial attributes."""
        return {**self.costs, **self.attributes, **({} if self.reason is None else {REASON: self.reason})}
