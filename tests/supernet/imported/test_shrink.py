"""Members that cost less and have lost little."""

from __future__ import annotations

import imported_networks as networks
import numpy as np
import pytest
import torch

from supernet.images.datasets import load_images
from supernet.imported import shrink
from supernet.imported.shrink import shrunk
from supernet.imported.space import NetworkSpace, from_module
from supernet.standalone.training import Recipe
from supernet.standalone.tuning import train_on


@pytest.fixture(scope="module")
def around(tmp_path_factory):
    torch.manual_seed(0)
    network = networks.residual()
    train_on(network, load_images("digits"), Recipe(epochs=3), 0)
    return NetworkSpace(from_module(network, (1, 1, 8, 8), tmp_path_factory.mktemp("space") / "net.yaml"))


@pytest.fixture(scope="module")
def images():
    batch = next(iter(load_images("digits").train.epoch(64, torch.Generator().manual_seed(0))))
    return batch.images, batch.labels


def flops(around, graph):
    return {"flops": float(around.cost(graph).flops)}


def test_a_network_that_fits_stays_as_it_is(around, images):
    graph = shrunk(around, *images, lambda graph: True, lambda graph: flops(around, graph))
    assert around.space.to_native(graph) == "0" * len(around.space.options)


def test_what_is_found_costs_little_enough_and_is_the_same_again(around, images):
    whole = around.space.from_native("0" * len(around.space.options))
    limit = 0.6 * flops(around, whole)["flops"]

    def found():
        return shrunk(
            around, *images, lambda graph: flops(around, graph)["flops"] <= limit, lambda graph: flops(around, graph)
        )

    assert 0 < flops(around, found())["flops"] <= limit
    assert around.space.to_native(found()) == around.space.to_native(found())


def test_where_nothing_fits_nothing_is_found(around, images):
    assert shrunk(around, *images, lambda graph: False, lambda graph: flops(around, graph)) is None


def test_it_loses_less_than_most_members_of_its_cost(around, images):
    whole = around.space.from_native("0" * len(around.space.options))
    limit = 0.6 * flops(around, whole)["flops"]
    found = shrunk(
        around, *images, lambda graph: flops(around, graph)["flops"] <= limit, lambda graph: flops(around, graph)
    )
    others = [g for g in around.space.sample(60, np.random.default_rng(0)) if flops(around, g)["flops"] <= limit]
    loss = shrink._Loss(around, *images)
    assert loss(found) < min(map(loss, others))
