"""Outer searches as Optuna studies: FaDE, Delta-NAS and the plain searches they have to beat."""

from typing import TYPE_CHECKING

from archgraph._lazy import lazy

if TYPE_CHECKING:
    from archgraph.storages.study import open_study
    from search.architectures import Architectures
    from search.comparison.compare import Comparison, compare
    from search.comparison.figures import curves_figure, front_figure, time_figure, winners_figure
    from search.demo.demo import DemoConfig
    from search.demo.figures import agreement_figure, buckets_figure, convergence_figure
    from search.demo.run import run_demo
    from search.designer.design import design
    from search.designer.settings import DesignSettings
    from search.fade.config import FadeConfig
    from search.fade.make import fade_search
    from search.fade.ranker import HyperRanker
    from search.fade.search import FaDESearch
    from search.loop import run_in_bulk, run_study
    from search.methods import METHODS, SAMPLED, DeltaEvolution, Method, Proposal, make
    from search.objectives.attempts import evaluated
    from search.objectives.base import Architecture, Objective
    from search.objectives.evaluation import Evaluation
    from search.objectives.registry import OBJECTIVES
    from search.objectives.table import TableObjective
    from search.objectives.train import TrainObjective
    from search.problem import Problem, Search
    from search.pruned_loop import run_pruned
    from search.run import best_of, run_search
    from search.samplers.base import ArchitectureSampler
    from search.samplers.by_method import (
        DeltaSampler,
        EvolutionSampler,
        GlobalSampler,
        LocalSampler,
        RandomArchitectureSampler,
    )
    from search.samplers.suggest import suggest_architecture
    from search.studies.history import History
    from search.studies.records import StudyRecord, read_studies
    from search.studies.study import Finished
    from search.studies.tables import trial_table
    from search.winners import stored_winners, winner_table

__all__ = [
    "METHODS",
    "OBJECTIVES",
    "SAMPLED",
    "Architecture",
    "ArchitectureSampler",
    "Architectures",
    "Comparison",
    "DeltaEvolution",
    "DeltaSampler",
    "DemoConfig",
    "DesignSettings",
    "Evaluation",
    "EvolutionSampler",
    "FaDESearch",
    "FadeConfig",
    "Finished",
    "GlobalSampler",
    "History",
    "HyperRanker",
    "LocalSampler",
    "Method",
    "Objective",
    "Problem",
    "Proposal",
    "RandomArchitectureSampler",
    "Search",
    "StudyRecord",
    "TableObjective",
    "TrainObjective",
    "agreement_figure",
    "best_of",
    "buckets_figure",
    "compare",
    "convergence_figure",
    "curves_figure",
    "design",
    "evaluated",
    "fade_search",
    "front_figure",
    "make",
    "open_study",
    "read_studies",
    "run_demo",
    "run_in_bulk",
    "run_pruned",
    "run_search",
    "run_study",
    "stored_winners",
    "suggest_architecture",
    "time_figure",
    "trial_table",
    "winner_table",
    "winners_figure",
]

__getattr__ = lazy(
    __name__,
    {
        "METHODS": "search.methods",
        "OBJECTIVES": "search.objectives.registry",
        "SAMPLED": "search.methods",
        "Architecture": "search.objectives.base",
        "ArchitectureSampler": "search.samplers.base",
        "Architectures": "search.architectures",
        "Comparison": "search.comparison.compare",
        "DeltaEvolution": "search.methods",
        "DeltaSampler": "search.samplers.by_method",
        "DemoConfig": "search.demo.demo",
        "DesignSettings": "search.designer.settings",
        "Evaluation": "search.objectives.evaluation",
        "EvolutionSampler": "search.samplers.by_method",
        "FaDESearch": "search.fade.search",
        "FadeConfig": "search.fade.config",
        "Finished": "search.studies.study",
        "GlobalSampler": "search.samplers.by_method",
        "History": "search.studies.history",
        "HyperRanker": "search.fade.ranker",
        "LocalSampler": "search.samplers.by_method",
        "Method": "search.methods",
        "Objective": "search.objectives.base",
        "Problem": "search.problem",
        "Proposal": "search.methods",
        "RandomArchitectureSampler": "search.samplers.by_method",
        "Search": "search.problem",
        "StudyRecord": "search.studies.records",
        "TableObjective": "search.objectives.table",
        "TrainObjective": "search.objectives.train",
        "agreement_figure": "search.demo.figures",
        "best_of": "search.run",
        "buckets_figure": "search.demo.figures",
        "compare": "search.comparison.compare",
        "convergence_figure": "search.demo.figures",
        "curves_figure": "search.comparison.figures",
        "design": "search.designer.design",
        "evaluated": "search.objectives.attempts",
        "fade_search": "search.fade.make",
        "front_figure": "search.comparison.figures",
        "make": "search.methods",
        "open_study": "archgraph.storages.study",
        "read_studies": "search.studies.records",
        "run_demo": "search.demo.run",
        "run_in_bulk": "search.loop",
        "run_pruned": "search.pruned_loop",
        "run_search": "search.run",
        "run_study": "search.loop",
        "stored_winners": "search.winners",
        "suggest_architecture": "search.samplers.suggest",
        "time_figure": "search.comparison.figures",
        "trial_table": "search.studies.tables",
        "winner_table": "search.winners",
        "winners_figure": "search.comparison.figures",
    },
)


def __dir__() -> list[str]:
    return __all__
