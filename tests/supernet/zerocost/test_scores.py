import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from archgraph import ArchTable, InputError, spaces
from archgraph.networks.macro_skeleton import network_of
from archgraph.networks.registry import blueprint
from archgraph.seeds import derive_seed
from supernet.network import Network
from supernet.zerocost.propagation import COLUMNS
from supernet.zerocost.scores import OF_NETWORKS, SCORES, score, score_table, suitable_scores

NAMES = {*OF_NETWORKS, *COLUMNS}


@pytest.fixture
def batch(small_digits):
    return small_digits.train.take(slice(0, 12))


@pytest.fixture
def blueprints(cells, skeleton):
    return [network_of(skeleton, [cell, cells[1]]) for cell in cells]


def test_many_at_once_score_as_each_alone(blueprints, batch):
    together = score(blueprints, batch, seed=3)
    assert set(together) == set(OF_NETWORKS)
    for i, made in enumerate(blueprints):
        for name, values in score([made], batch, seed=3).items():
            assert together[name][i] == pytest.approx(values[0], rel=2e-3, abs=1e-4), name


def test_scores_are_those_of_the_plain_network(blueprints, batch):
    found = score(blueprints, batch, seed=3)
    for i, made in enumerate(blueprints):
        network = Network(made, derive_seed(3, "weights"))
        signs = []
        hooks = [
            m.register_forward_hook(lambda m, x, y, signs=signs: signs.append((y > 0).double().flatten(1)))
            for m in network.modules()
            if isinstance(m, nn.ReLU)
        ]
        images = batch.images.clone().requires_grad_()
        logits = network(images)
        for hook in hooks:
            hook.remove()
        on = torch.cat(signs, 1)
        kernel = on @ on.T + (1 - on) @ (1 - on).T
        assert found["naswot"][i] == pytest.approx(torch.linalg.slogdet(kernel)[1].item(), rel=1e-3)
        F.cross_entropy(logits, batch.labels).backward()
        norm = sum(p.grad.square().sum() for p in network.parameters() if p.grad is not None).sqrt()
        assert found["grad_norm"][i] == pytest.approx(norm.item(), rel=1e-3)


def test_synflow_sums_weight_times_gradient_of_the_linearised_network(blueprints, batch):
    found = score(blueprints, batch, seed=3)["synflow"]
    for i, made in enumerate(blueprints):
        network = Network(made, derive_seed(3, "weights")).double().eval()
        with torch.no_grad():
            for p in network.parameters():
                p.abs_()
        network(torch.ones(1, 1, 8, 8, dtype=torch.float64)).sum().backward()
        layers = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear) and m.weight.grad is not None]
        total = sum((m.weight * m.weight.grad).sum() for m in layers)
        assert found[i] == pytest.approx(total.log().item(), rel=1e-5)


@pytest.mark.parametrize("space", ["nasbench201", "nasbench101", "macro"])
def test_published_spaces_are_scored_many_at_once(space, batch):
    settings = {"channels": 4, "head": 8} if space == "macro" else {"channels": 8, "cells": 1}
    graphs = spaces.get(space).sample(3, np.random.default_rng(0))
    made = [blueprint(graph, space, (1, 8, 8), 10, **settings) for graph in graphs]
    assert all(np.isfinite(values).all() for name, values in score(made, batch, 0).items() if name != "jacob_cov")


def test_a_table_gets_a_column_a_score_and_the_seed_decides(small_digits):
    space = spaces.get("dag:1-3x2")
    graphs = space.sample(5, np.random.default_rng(0))
    one, again, other = (
        score_table(ArchTable.from_graphs(graphs, space=space.name), small_digits, seed, 8, 2, {"width": 4}).metrics
        for seed in (1, 1, 2)
    )
    assert set(one) == NAMES
    np.testing.assert_array_equal(one, again)
    assert (one.naswot != other.naswot).any()


def test_scores_do_not_overwrite_metrics(small_digits):
    graphs = spaces.get("dag:1-3").sample(2, np.random.default_rng(0))
    table = ArchTable.from_graphs(graphs, space="dag:1-3", metrics={"synflow": [1.0, 2.0]})
    with pytest.raises(InputError, match="a metric synflow already"):
        score_table(table, small_digits, 0, 8, 2, {"width": 4})


def test_only_scores_asked_for_are_made_and_propagation_needs_no_images():
    graphs = spaces.get("dag:1-3").sample(2, np.random.default_rng(0))
    table = score_table(ArchTable.from_graphs(graphs, space="dag:1-3"), None, scores=["propagation"])
    assert set(table.metrics) == set(COLUMNS)
    with pytest.raises(InputError, match="synflow needs images"):
        score_table(ArchTable.from_graphs(graphs, space="dag:1-3"), None, scores=["synflow"])
    with pytest.raises(InputError, match="no score is called 'snip'; choose from naswot"):
        score_table(table, None, scores=["snip"])


def test_a_stopped_scoring_goes_on_with_the_same_numbers(small_digits, tmp_path, monkeypatch):
    graphs = spaces.get("dag:1-4").sample(9, np.random.default_rng(0))

    def scored(**settings):
        table = ArchTable.from_graphs(graphs, space="dag:1-4")
        return score_table(table, small_digits, 3, 8, 2, {"width": 4}, device="cpu", **settings).metrics

    class Stop(Exception):
        pass

    def stop(done, left=[7]):  # noqa: B006
        left[0] -= done
        if left[0] < 0:
            raise Stop

    whole = scored()
    with pytest.raises(Stop):
        scored(journal=tmp_path / "j", progress=stop)
    begun = (tmp_path / "j").read_text().splitlines()
    assert len(begun) > 3
    pd.testing.assert_frame_equal(scored(journal=tmp_path / "j"), whole)
    assert (tmp_path / "j").read_text().splitlines()[: len(begun)] == begun
    monkeypatch.setattr("supernet.zerocost.scores.score", stop)  # nothing is scored again
    pd.testing.assert_frame_equal(scored(journal=tmp_path / "j"), whole)
    with pytest.raises(InputError, match=r"was begun with other settings \(graphs"):
        score_table(ArchTable.from_graphs(graphs[:3]), None, scores=["propagation"], journal=tmp_path / "j")


def test_scores_that_suit_a_table_are_named_with_what_does_not_suit():
    natives = {"dag": "2:0-1", "macro": "0" * 8}
    tables = [ArchTable.from_graphs([spaces.get(space).from_native(n)], space=space) for space, n in natives.items()]
    assert suitable_scores(tables[0]) == (list(SCORES), "")
    scores, reason = suitable_scores(tables[1])
    assert scores == list(OF_NETWORKS)
    assert "changes the size" in reason
