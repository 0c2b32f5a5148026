"""Graphs compiled into networks: cells, hyper-architectures, FaDE-ranks and stand-alone training."""

from supernet.bank import Bank
from supernet.bilevel import RANKING, BilevelRecipe
from supernet.blueprint import Blueprint
from supernet.compile import compile_cell
from supernet.darts import HyperTraining, fade_ranks, train_hyper, train_hypers
from supernet.datasets import load_images
from supernet.hyper import HyperArchitecture
from supernet.images import ImageSplits
from supernet.mixed import MixedNetwork
from supernet.network import Network
from supernet.networks import blueprint, compile_network
from supernet.ranks import FadeRanks
from supernet.skeleton import Skeleton
from supernet.standalone import Recipe, train_blueprints, train_networks

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
