"""Outer searches as Optuna studies: FaDE, Delta-NAS and the plain searches they have to beat."""

from search.atlas import Atlas
from search.fade import FadeConfig, FaDESearch
from search.history import History
from search.methods import METHODS, SAMPLED, DeltaEvolution, Method, Proposal, make
from search.objective import Architecture, Objective, TrainObjective
from search.ranker import HyperRanker
from search.run import run_in_bulk, run_study
from search.study import Evaluation, open_study
from search.table_objective import TableObjective

__all__ = [
    "METHODS",
    "SAMPLED",
    "Architecture",
    "Atlas",
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
