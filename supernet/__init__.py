"""Graphs compiled into networks: cells, hyper-architectures, FaDE-ranks and stand-alone training."""

from archgraph.networks import blueprint
from archgraph.networks.blueprint import Blueprint
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
