"""FaDE's outer strategies by name, one file each."""

from __future__ import annotations

from search.fade.strategies.base import Strategy
from search.fade.strategies.cmaes import SeparableCmaEs
from search.fade.strategies.delta import RankedDelta
from search.fade.strategies.distribution import GraphDistribution
from search.fade.strategies.evolution import RankEvolution
from search.fade.strategies.gradient import NaturalGradient

STRATEGIES: dict[str, type[Strategy]] = {
    "gradient": NaturalGradient,
    "distribution": GraphDistribution,
    "cmaes": SeparableCmaEs,
    "evolution": RankEvolution,
    "delta": RankedDelta,
}
"""What chooses the cells that a step ranks; the setting `strategy` of fade."""
