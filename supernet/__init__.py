"""Graphs compiled into networks: cells, hyper-architectures, FaDE-ranks and stand-alone training."""

from typing import TYPE_CHECKING

from archgraph._lazy import lazy

if TYPE_CHECKING:
    from archgraph.networks.blueprint import Blueprint
    from archgraph.networks.registry import blueprint
    from archgraph.networks.skeleton import Skeleton
    from supernet.bank.bank import Bank
    from supernet.bank.malloc import keep_freed_memory
    from supernet.compile import compile_cell, compile_network
    from supernet.export.deployment import Deployment
    from supernet.export.files import export_network
    from supernet.hyper.hyper import HyperArchitecture
    from supernet.hyper.mixed import MixedNetwork
    from supernet.hyper.ranks import FadeRanks
    from supernet.hyper.recipe import RANKING, BilevelRecipe
    from supernet.hyper.training import HyperTraining
    from supernet.hyper.trainings import fade_ranks, train_hyper, train_hypers
    from supernet.images.datasets import load_images
    from supernet.images.splits import ImageSplits
    from supernet.imported.network import ImportedNetwork
    from supernet.imported.program import program_of
    from supernet.imported.space import NetworkSpace, from_module
    from supernet.model.evaluation import ImageEvaluation
    from supernet.model.figures import curves_figure
    from supernet.model.model import Model
    from supernet.network import Network
    from supernet.ranking.levels import LevelRanks
    from supernet.ranking.rank import RankedPath, rank_cells
    from supernet.ranking.rank_choices import rank_choices
    from supernet.standalone.bulk import BulkPlan, train_table
    from supernet.standalone.exporting import export_architecture
    from supernet.standalone.fit import FitTask, fit
    from supernet.standalone.fit_recipe import FitRecipe
    from supernet.standalone.lanes import TrainingLanes
    from supernet.standalone.queue import train_queued
    from supernet.standalone.training import Recipe, train_blueprints, train_networks
    from supernet.zerocost.scores import score_table, suitable_scores

__all__ = [
    "RANKING",
    "Bank",
    "BilevelRecipe",
    "Blueprint",
    "BulkPlan",
    "Deployment",
    "FadeRanks",
    "FitRecipe",
    "FitTask",
    "HyperArchitecture",
    "HyperTraining",
    "ImageEvaluation",
    "ImageSplits",
    "ImportedNetwork",
    "LevelRanks",
    "MixedNetwork",
    "Model",
    "Network",
    "NetworkSpace",
    "RankedPath",
    "Recipe",
    "Skeleton",
    "TrainingLanes",
    "blueprint",
    "compile_cell",
    "compile_network",
    "curves_figure",
    "export_architecture",
    "export_network",
    "fade_ranks",
    "fit",
    "from_module",
    "keep_freed_memory",
    "load_images",
    "program_of",
    "rank_cells",
    "rank_choices",
    "score_table",
    "suitable_scores",
    "train_blueprints",
    "train_hyper",
    "train_hypers",
    "train_networks",
    "train_queued",
    "train_table",
]

__getattr__ = lazy(
    __name__,
    {
        "RANKING": "supernet.hyper.recipe",
        "Bank": "supernet.bank.bank",
        "BilevelRecipe": "supernet.hyper.recipe",
        "Blueprint": "archgraph.networks.blueprint",
        "BulkPlan": "supernet.standalone.bulk",
        "Deployment": "supernet.export.deployment",
        "FadeRanks": "supernet.hyper.ranks",
        "FitRecipe": "supernet.standalone.fit_recipe",
        "FitTask": "supernet.standalone.fit",
        "HyperArchitecture": "supernet.hyper.hyper",
        "HyperTraining": "supernet.hyper.training",
        "ImageEvaluation": "supernet.model.evaluation",
        "ImageSplits": "supernet.images.splits",
        "ImportedNetwork": "supernet.imported.network",
        "LevelRanks": "supernet.ranking.levels",
        "MixedNetwork": "supernet.hyper.mixed",
        "Model": "supernet.model.model",
        "Network": "supernet.network",
        "NetworkSpace": "supernet.imported.space",
        "RankedPath": "supernet.ranking.rank",
        "Recipe": "supernet.standalone.training",
        "Skeleton": "archgraph.networks.skeleton",
        "TrainingLanes": "supernet.standalone.lanes",
        "blueprint": "archgraph.networks.registry",
        "compile_cell": "supernet.compile",
        "compile_network": "supernet.compile",
        "curves_figure": "supernet.model.figures",
        "export_architecture": "supernet.standalone.exporting",
        "export_network": "supernet.export.files",
        "fade_ranks": "supernet.hyper.trainings",
        "fit": "supernet.standalone.fit",
        "from_module": "supernet.imported.space",
        "keep_freed_memory": "supernet.bank.malloc",
        "load_images": "supernet.images.datasets",
        "program_of": "supernet.imported.program",
        "rank_cells": "supernet.ranking.rank",
        "rank_choices": "supernet.ranking.rank_choices",
        "score_table": "supernet.zerocost.scores",
        "suitable_scores": "supernet.zerocost.scores",
        "train_blueprints": "supernet.standalone.training",
        "train_hyper": "supernet.hyper.trainings",
        "train_hypers": "supernet.hyper.trainings",
        "train_networks": "supernet.standalone.training",
        "train_queued": "supernet.standalone.queue",
        "train_table": "supernet.standalone.bulk",
    },
)


def __dir__() -> list[str]:
    return __all__
