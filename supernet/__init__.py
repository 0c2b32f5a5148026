"""Graphs compiled into networks: cells, hyper-architectures, FaDE-ranks and stand-alone training."""

from typing import TYPE_CHECKING

from archgraph._lazy import lazy

if TYPE_CHECKING:
    from archgraph.networks.blueprint import Blueprint
    from archgraph.networks.registry import blueprint
    from archgraph.networks.skeleton import Skeleton
    from supernet.bank.bank import Bank
    from supernet.compile import compile_cell, compile_network
    from supernet.hyper.hyper import HyperArchitecture
    from supernet.hyper.mixed import MixedNetwork
    from supernet.hyper.ranks import FadeRanks
    from supernet.hyper.recipe import RANKING, BilevelRecipe
    from supernet.hyper.training import HyperTraining, fade_ranks, train_hyper, train_hypers
    from supernet.images.datasets import load_images
    from supernet.images.splits import ImageSplits
    from supernet.network import Network
    from supernet.standalone.training import Recipe, train_blueprints, train_networks

__all__ = [
    "RANKING",
    "Bank",
    "BilevelRecipe",
    "Blueprint",
    "FadeRanks",
    "HyperArchitecture",
    "HyperTraining",
    "ImageSplits",
    "MixedNetwork",
    "Network",
    "Recipe",
    "Skeleton",
    "blueprint",
    "compile_cell",
    "compile_network",
    "fade_ranks",
    "load_images",
    "train_blueprints",
    "train_hyper",
    "train_hypers",
    "train_networks",
]

__getattr__ = lazy(
    __name__,
    {
        "RANKING": "supernet.hyper.recipe",
        "Bank": "supernet.bank.bank",
        "BilevelRecipe": "supernet.hyper.recipe",
        "Blueprint": "archgraph.networks.blueprint",
        "FadeRanks": "supernet.hyper.ranks",
        "HyperArchitecture": "supernet.hyper.hyper",
        "HyperTraining": "supernet.hyper.training",
        "ImageSplits": "supernet.images.splits",
        "MixedNetwork": "supernet.hyper.mixed",
        "Network": "supernet.network",
        "Recipe": "supernet.standalone.training",
        "Skeleton": "archgraph.networks.skeleton",
        "blueprint": "archgraph.networks.registry",
        "compile_cell": "supernet.compile",
        "compile_network": "supernet.compile",
        "fade_ranks": "supernet.hyper.training",
        "load_images": "supernet.images.datasets",
        "train_blueprints": "supernet.standalone.training",
        "train_hyper": "supernet.hyper.training",
        "train_hypers": "supernet.hyper.training",
        "train_networks": "supernet.standalone.training",
    },
)


def __dir__() -> list[str]:
    return __all__
