"""Graphs compiled into networks: cells, hyper-architectures, FaDE-ranks and stand-alone training."""

from supernet.bank import CellBank, compile_cell
from supernet.darts import BilevelRecipe, fade_ranks, train_hyper
from supernet.hyper import HyperArchitecture
from supernet.images import ImageSplits, load_images
from supernet.network import NetworkBank
from supernet.ranks import FadeRanks
from supernet.skeleton import Skeleton
from supernet.standalone import Recipe, train_networks

__all__ = [
    "BilevelRecipe",
    "CellBank",
    "FadeRanks",
    "HyperArchitecture",
    "ImageSplits",
    "NetworkBank",
    "Recipe",
    "Skeleton",
    "compile_cell",
    "fade_ranks",
    "load_images",
    "train_hyper",
    "train_networks",
]
