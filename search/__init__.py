"""Outer searches as Optuna studies: FaDE, Delta-NAS and the plain searches they have to beat."""

from search.architectures import Atlas
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
