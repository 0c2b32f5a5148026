"""Objectives that train networks: always in the one network of their choice."""

import json

import numpy as np
import pytest
import torch

import search.objectives.train
from archgraph import ArchGraphError, InputError, spaces
from archgraph.networks.choice import NetworkChoice
from search.fade.ranker import SCORES, HyperRanker
from search.objectives.base import Architecture
from search.objectives.train import TrainObjective, network_choice
from supernet.images.datasets import digits
from supernet.network import Network
from supernet.standalone.training import Recipe, train_networks, training_macs

SMALL = {
    "dag:1-4x2": {"width": 4},
    "nasbench101": {"channels": 8, "cells": 1},
    "nasbench201": {"channels": 4, "cells": 1},
    "darts": {"channels": 4, "layers": 3},
    "macro": {"channels": 4},
    "transnas": {"channels": 4},
    "transnas:macro": {"channels": 4},
    "custom:data/examples/my_space.yaml": {"channels": 4},
}
"""Space -> settings that make its published network small."""
ROWS = {"nasbench201": {"width": 4}, "dag:1-4": {"width": 4}}
ONE_EPOCH = Recipe(epochs=1, batch_size=32)


def made(space, settings=None, kind="published", size=48, recipe=ONE_EPOCH, **options):
    return TrainObjective(
        spaces.get(space), NetworkChoice(kind, settings or {}), digits().limit_train(size), recipe, **options
    )


def asked(space, count, seed=0):
    graphs = space.sample(count, np.random.default_rng(seed))
    return [Architecture(space.to_native(graph), graph.canonical_hash()) for graph in graphs]


def test_a_hyper_architecture_gets_twice_the_images_so_that_its_weights_see_as_many(objective):
    limited = TrainObjective(objective.space, objective.network, objective.images, objective.recipe, train_size=20)
    assert len(limited.data.train) == 20
    assert len(limited.halved) == 40
    assert len(objective.halved) == len(objective.data.train) == len(objective.images.train)
    assert HyperRanker(limited.skeleton, limited.halved).recipe == SCORES["substitution"]


@pytest.mark.parametrize(
    ("kind", "name"), [*(("published", name) for name in SMALL), *(("rows", name) for name in ROWS)]
)
def test_what_a_search_trains_is_the_network_of_the_choice(kind, name, monkeypatch):
    """Parameters and outputs are those of the blueprint that `fit`, `supernet train` and `export` build."""
    objective = made(name, (SMALL if kind == "published" else ROWS)[name], kind)
    banks, plain = [], search.objectives.train.train_blueprints

    def kept(*arguments):
        banks.append(plain(*arguments))
        return banks[-1]

    monkeypatch.setattr(search.objectives.train, "train_blueprints", kept)
    architectures = asked(objective.space, 2)
    evaluations = objective(architectures, [1, 2])
    [(_, bank)] = banks
    images = objective.images.validation.images[:8]
    logits = bank.eval()(images)
    choice = NetworkChoice.from_dict(json.loads(json.dumps(objective.provenance["network"])))
    for i, architecture in enumerate(architectures):
        graph = objective.space.from_native(architecture.native)
        blueprint = choice.blueprint(graph, objective.space.name, objective.images.shape, 10)
        network = Network(blueprint).eval()
        network.load_weights(bank.state(i))
        trained = sum(p.numel() for p in network.parameters())
        assert trained == blueprint.cost.params == objective.costs_of(architecture)["params"]
        scale = logits[:, i].abs().max().clamp(min=1.0)
        torch.testing.assert_close(network(images) / scale, logits[:, i] / scale, atol=1e-5, rtol=1e-5)
        assert evaluations[i].gmacs == 3 * blueprint.cost.flops * 48 / 1e9


def test_rows_have_the_numbers_of_cells_in_fades_skeleton():
    objective = made("dag:1-4x2", {"width": 8})
    architectures = asked(objective.space, 3)
    paths = [objective.space.split(objective.space.from_native(a.native)) for a in architectures]
    figures = train_networks(paths, objective.skeleton, objective.data, objective.recipe, [4, 5, 6])
    evaluations = objective(architectures, [4, 5, 6])
    assert [e.values[0] for e in evaluations] == figures.validation_loss.tolist()
    assert [e.gmacs * 1e9 for e in evaluations] == pytest.approx(
        [training_macs([path], objective.skeleton, 48, 1) for path in paths]
    )


def test_a_training_that_diverges_is_an_evaluation_with_a_reason():
    objective = made("dag:1-4x2", {"width": 4}, recipe=Recipe(epochs=2, learning_rate=1e30))
    for evaluation in objective(asked(objective.space, 2), [0, 1]):
        assert evaluation.values == ()
        assert evaluation.reason.startswith("the training diverged: its loss is no finite number in epoch ")
        assert evaluation.gmacs > 0


def test_a_winner_that_cannot_be_trained_again_is_said():
    objective = made("dag:1-4x2", {"width": 4}, recipe=Recipe(epochs=1, learning_rate=1e30))
    with pytest.raises(ArchGraphError, match=r"the winner .* cannot be scored: the training diverged"):
        objective.judge(asked(objective.space, 1)[0], 2)


def test_trainings_of_a_winner_that_diverge_are_left_out_and_counted(objective, monkeypatch):
    figures = objective.trained(winner := asked(objective.space, 1)[0], [0, 1])
    figures.test_loss[0] = float("nan")
    monkeypatch.setattr(objective, "trained", lambda winner, seeds: figures)
    found = objective.judge(winner, 2)
    assert (found["value"], found["diverged"]) == (float(figures.test_accuracy[1]), 1)
    assert len(found["test_accuracy"]) == 1


def test_costs_are_objectives_too():
    objective = made("macro", {"channels": 4}, minimised=["params", "latency_ms", "depth"])
    assert objective.names == ("validation loss", "params", "latency_ms", "depth")
    assert objective.directions == ("minimize",) * 4
    [architecture] = asked(objective.space, 1)
    [first], [again] = (objective([architecture], [0]) for _ in range(2))
    blueprint = objective.blueprint(architecture)
    assert first.values[1] == blueprint.cost.params
    assert first.values[3] == blueprint.depth
    assert first.values[2] == again.values[2] == first.attributes["latency_ms"] > 0  # measured once
    assert first.attributes["latency_ms_spread"] >= 0


def test_what_a_trial_has_measured_is_not_measured_again():
    objective = made("macro", {"channels": 4}, minimised=["latency_ms"])
    [architecture] = asked(objective.space, 1)
    objective.recall(architecture.hash, {"latency_ms": 7.0, "latencies": {"other": [1.0, 0.5]}})
    assert objective([architecture], [0])[0].values[1] == 7.0
    assert objective.costs.latencies["other"] == (1.0, 0.5)


@pytest.mark.parametrize(
    ("text", "settings", "reason"),
    [
        ("digits,-size", {}, "train minimises costs as in train:DATA,-params: choose from params, flops, "),
        ("digits,-params,-params", {}, "a cost is minimised once, but got params, params"),
        ("digits", {"network": "cells"}, "network is one of published, rows"),
        ("digits", {"width": 4}, "the network of nasbench201 has no setting 'width'; known are channels"),
        ("digits", {"network_settings": {"channels": "x"}}, "channels is a whole number from 1"),
        ("digits", {"train_size": 5000}, "train_size is at most 1077 with digits, but got 5000"),
        (
            "digits",
            {"limits": {"params": 5}},
            "no architecture of nasbench201 was found with params of at most 5",
        ),
        ("digits", {"device": "abacus"}, "a device is auto, cpu or cuda, but got 'abacus'"),
        ("digits", {"size": 9}, "a size is for hf:DIR and folder:DIR"),
    ],
)
def test_what_cannot_be_trained_is_said_before_anything_is(text, settings, reason):
    with pytest.raises(InputError, match=reason):
        TrainObjective.read(text, spaces.get("nasbench201"), settings)


def test_settings_say_all_that_the_numbers_depend_on_and_old_studies_of_rows_go_on():
    def settings(space, **given):
        given = {"width": None, "recipe": {"epochs": 1}, **given}
        return dict(TrainObjective.read("digits", spaces.get(space), given).settings)

    plain = {"train_size": None, "recipe": {"epochs": 1}}
    assert settings("dag:1-3x2", device="cpu", width=8) == plain
    assert settings("macro") == plain | {"network": {"kind": "published", "settings": {}}}
    rows = {"kind": "rows", "settings": {"width": 32}}
    assert settings("nasbench201", network="rows", limits={"params": 1e6}) == plain | {
        "network": rows,
        "limits": {"params": 1e6},
    }


def test_rows_are_32_wide_where_nothing_else_is_said():
    assert network_choice(spaces.get("dag:1-3x2"), {}).settings == {"width": 32}
    assert network_choice(spaces.get("dag:1-3x2"), {"width": 8}).settings == {"width": 8}
    assert network_choice(spaces.get("dag:1-3x2"), {"network_settings": {"width": 9}}).settings == {"width": 9}
    assert network_choice(spaces.get("macro"), {}).settings == {}
    assert network_choice(spaces.get("nasbench201"), {"network": "rows"}).settings == {"width": 32}


def test_only_networks_of_rows_have_hyper_architectures():
    assert made("macro", {"channels": 4}).hyper is None
    skeleton, images = made("nasbench201", {"width": 4}, "rows").hyper
    assert (skeleton.rows, len(images)) == (1, 48)
