"""What one paid evaluation gives, and what it cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from archgraph.checks import check_not_negative
from archgraph.errors import ArchGraphError

COST = "gmacs"  # trial attribute: 10^9 multiply-adds paid: image passes times multiply-adds of the network
SECONDS = "seconds"  # trial attribute: seconds paid
QUERIES = "queries"  # trial attribute: evaluations paid


@dataclass(frozen=True)
class Evaluation:
    """What one paid evaluation gives.

    Args:
        values: one number an objective.
        gmacs: 10^9 multiply-adds paid for it; None where unknown.
        seconds: paid for it; None where unknown.
        queries: evaluations that it stands for.
        attributes: further figures, stored with the trial.

    Raises:
        ArchGraphError: a value is not finite. Nothing can be learned from it, and the search would ask for it for ever.
        InputError: a cost is negative or not finite.
    """

    values: tuple[float, ...]
    gmacs: float | None = None
    seconds: float | None = None
    queries: float = 1
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(map(math.isfinite, self.values)):
            raise ArchGraphError(
                f"an evaluation gives finite numbers, but got {', '.join(map(str, self.values))}; a training that "
                "diverges takes a lower learning rate"
            )
        check_not_negative(**self.costs)

    @property
    def costs(self) -> dict[str, float]:
        """The trial attributes of what was paid."""
        paid = {COST: self.gmacs, SECONDS: self.seconds, QUERIES: self.queries}
        return {name: float(value) for name, value in paid.items() if value is not None}
