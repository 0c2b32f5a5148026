"""Numbers that make no sense are refused where they are given, by everything that takes settings from Python."""

from dataclasses import fields
from functools import partial

import numpy as np
import pytest
import torch

from archgraph import ArchTable, InputError, spaces
from archgraph.drawing.graphs import draw_graphs
from archgraph.networks.published.macro import NASBenchMacroSkeleton
from archgraph.operation import Operation
from encoders import ArchEncoder, BucketGenerator, CodeDecoder, PretrainConfig
from encoders.delta.learners.gaussian_process import Prior
from encoders.delta.learners.networks import DeltaNetworks
from search.demo.demo import DemoConfig
from search.fade.config import FadeConfig
from search.fade.ranker import HyperRanker
from search.methods import make
from search.objectives.table import TableObjective
from supernet import BilevelRecipe, FadeRanks, Recipe, Skeleton, compile_cell
from supernet.hyper.alpha_steps import AlphaStep
from supernet.hyper.mixtures import weight_mixture
from supernet.hyper.regularisers import factors
from supernet.images.datasets import digits
from supernet.standalone.bulk import BulkPlan

SETTINGS = {
    PretrainConfig: {},
    Prior: {},
    Recipe: {},
    BilevelRecipe: {},
    BulkPlan: {"recipe": Recipe()},
    FadeConfig: {},
    DemoConfig: {},
    Operation: {"name": "x", "kind": "conv"},
}
NONSENSE = {int: (-1, 1.5, "3", True, None), float: (-1.0, float("nan"), float("inf"), "0.5", None)}
NUMBERS = [
    (cls, field.name, value)
    for cls, needed in SETTINGS.items()
    for field in fields(cls)
    if field.name not in needed and field.name != "seed"
    for value in NONSENSE.get(type(field.default), ())
]


@pytest.mark.parametrize(("cls", "name", "value"), NUMBERS, ids=lambda part: getattr(part, "__name__", str(part)))
def test_each_number_of_settings_is_checked_by_name(cls, name, value):
    with pytest.raises(InputError, match=name):
        cls(**SETTINGS[cls] | {name: value})


CELLS = ArchTable.from_graphs(spaces.get("dag:2").sample(3, np.random.default_rng(0)), metrics={"acc": [1, 2, 3]})
OBJECTIVE = partial(TableObjective, CELLS, spaces.get("dag:2"))
MADE = {
    "an encoder without coordinates": (partial(ArchEncoder, latent=0), "latent is a whole number from 1, but got 0"),
    "an encoder without rounds": (partial(ArchEncoder, layers=0), "layers is a whole number"),
    "a decoder without places": (partial(CodeDecoder, [], 4), "options is a whole number"),
    "a place without choices": (partial(CodeDecoder, [3, 0], 4), "options is a whole number"),
    "half a context": (partial(DeltaNetworks, 4, context=3), "an even number"),
    "other embeddings than members": (partial(BucketGenerator, CELLS, np.zeros((2, 4)), 1, 0), "one finite embedding"),
    "no number": (partial(BucketGenerator, CELLS, np.full((3, 4), np.nan), 1, 0), "one finite embedding"),
    "no metric": (partial(OBJECTIVE, []), "one metric or several different ones"),
    "a metric and its opposite": (partial(OBJECTIVE, ["acc", "-acc"]), "several different ones"),
    "a frame without channels": (partial(Skeleton, (1, 8, 8), 10, (0,), (2,)), "channels is a whole number"),
    "a pooling of none": (partial(Skeleton, (1, 8, 8), 10, (4,), (0,)), "pools is a whole number"),
    "a cell without channels": (partial(compile_cell, CELLS[0], 0), "channels is a whole number"),
    "a picture of nothing": (partial(draw_graphs, []), "at least one graph"),
    "a width of none": (partial(Skeleton.fade, (1, 8, 8), 10, 3, 0), "width is a whole number"),
    "layers without channels": (partial(NASBenchMacroSkeleton, (3, 8, 8), 10, 0), "channels is a whole number"),
    "no images": (lambda: digits().limit_train(0), "size is a whole number"),
    "an unknown reading": (partial(HyperRanker, None, None, "tea"), "reading is one of substitution, alpha"),
    "rows of unequal trainings": (partial(FadeRanks, [[np.ones(2)], [np.ones(1)]]), "the same rows of candidates"),
    "no path": (partial(FadeRanks([[np.ones(2)]]).log_rank, (0, 1)), "a choice for each of 1 rows, but got 2"),
    "no aggregate": (partial(FadeRanks([[np.ones(2)]]).log_rank, (0,), "tea"), "aggregate is one of product"),
    "an unknown step": (partial(AlphaStep, "tea", [], 0.1), "kind is one of natural, adam, sgd, substitution"),
    "an unknown mixture": (
        partial(weight_mixture, torch.zeros(2), "tea", torch.Generator()),
        "kind is one of dirichlet",
    ),
    "an unknown regulariser": (partial(factors, "tea", 0.5, 3), "kind is one of none, independent, dependent"),
    "a block for blocks": (partial(make, "delta", spaces.get("dag"), settings={"blocks": "physics"}), "blocks is"),
}


@pytest.mark.parametrize(("make", "message"), MADE.values(), ids=MADE.keys())
def test_what_cannot_be_made_says_why(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_buckets_of_a_single_member_give_that_member():
    alone = BucketGenerator(CELLS[:1], np.zeros((1, 4)), 1, 0)
    assert alone.sample(3, np.random.default_rng(0)).tolist() == [0, 0, 0]
