"""Outer searches as Optuna studies: FaDE, Delta-NAS and the plain searches they have to beat."""

from typing import TYPE_CHECKING

from archgraph._lazy import lazy

if TYPE_CHECKING:
    from search.architectures import Architectures
    from search.fade.ranker import HyperRanker
    from search.fade.search import FadeConfig, FaDESearch
    from search.loop import run_in_bulk, run_study
    from search.methods import METHODS, SAMPLED, DeltaEvolution, Method, Proposal, make
    from search.objectives.base import Architecture, Objective, TrainObjective
    from search.objectives.evaluation import Evaluation
    from search.objectives.table import TableObjective
    from search.studies.history import History
    from search.studies.study import open_study

__all__ = [
    "METHODS",
    "SAMPLED",
    "Architecture",
    "Architectures",
    "DeltaEvolution",
    "Evaluation",
    "FaDESearch",
    "FadeConfig",
    "History",
    "HyperRanker",
    "Method",
    "Objective",
    "Proposal",
    "TableObjective",
    "TrainObjective",
    "make",
    "open_study",
    "run_in_bulk",
    "run_study",
]

__getattr__ = lazy(
    __name__,
    {
        "METHODS": "search.methods",
        "SAMPLED": "search.methods",
        "Architecture": "search.objectives.base",
        "Architectures": "search.architectures",
        "DeltaEvolution": "search.methods",
        "Evaluation": "search.objectives.evaluation",
        "FaDESearch": "search.fade.search",
        "FadeConfig": "search.fade.search",
        "History": "search.studies.history",
        "HyperRanker": "search.fade.ranker",
        "Method": "search.methods",
        "Objective": "search.objectives.base",
        "Proposal": "search.methods",
        "TableObjective": "search.objectives.table",
        "TrainObjective": "search.objectives.base",
        "make": "search.methods",
        "open_study": "search.studies.study",
        "run_in_bulk": "search.loop",
        "run_study": "search.loop",
    },
)


def __dir__() -> list[str]:
    return __all__
