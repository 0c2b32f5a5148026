"""Outer searches as Optuna studies: FaDE and the plain searches it has to beat."""

from search.baselines import random_proposal, run_proposals, tpe_proposal
from search.fade import FadeConfig, FaDESearch
from search.objective import TrainObjective
from search.ranker import HyperRanker
from search.study import Evaluation, open_study

__all__ = [
    "Evaluation",
    "FaDESearch",
    "FadeConfig",
    "HyperRanker",
    "TrainObjective",
    "open_study",
    "random_proposal",
    "run_proposals",
    "tpe_proposal",
]
