"""Work on another device than the CPU gives the CPU's numbers, and nothing is left behind by oversight."""

from dataclasses import replace

import pytest
import torch
from second_device import assert_same_on_the_second_device, second_device
from small_fits import SHORT, SMALL_TASK
from torch.nn import functional as F

from archgraph import spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.networks.macro_skeleton import network_of
from supernet.bank.bank import Bank
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.trainings import train_hyper, train_hypers
from supernet.images.augmentation import Augmentation
from supernet.images.datasets import load_images
from supernet.images.splits import Images
from supernet.model.model import Model
from supernet.standalone.fit import fit
from supernet.standalone.training import Recipe, train_blueprints
from supernet.zerocost.scores import score_table

WAYS = [
    {"order": "second"},
    {"order": "single-level"},
    {"mixture": "gumbel", "alpha_step": "adam"},
    {"mixture": "single", "optimizer": "sgd"},
    {"mixture": "per-image", "alpha_step": "substitution"},
    {"regulariser": "dependent", "augment": True, "clip": 1.0},
]


def images_travel(data, device):
    """The data on the device."""
    return data.to(device)


def batches_travel(data, device):
    """The data as where the device has no room for them: images stay, and each batch is sent."""
    parts = {name: getattr(data, name) for name in ("train", "validation", "test")}
    away = {name: Images(part.images, part.labels, torch.device(device)) for name, part in parts.items()}
    return replace(data, **away)


def test_what_lies_on_two_devices_does_not_mix():
    with second_device() as device:
        there = torch.ones(3).to(device)
        assert there.device.type == device
        assert (there + 1)[torch.tensor([0, 2])].cpu().tolist() == [2, 2]
        with pytest.raises(RuntimeError, match="two devices"):
            there + torch.ones(3)
        with pytest.raises(RuntimeError, match="two devices"):
            torch.ones(3)[there.long()]


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize("send", [images_travel, batches_travel])
def test_a_hyper_architecture_trains_there_as_on_the_cpu(send, options, cells, skeleton, small_digits):
    def train(device):
        recipe, rows = BilevelRecipe(epochs=2, warm_up=1, **options), [cells[:3], cells[2:]]
        return train_hyper(rows, skeleton, send(small_digits, device).train, recipe, 0)[0].parameters()

    assert_same_on_the_second_device(train)


def test_trainings_side_by_side_run_there_as_on_the_cpu(cells, skeleton, small_digits):
    def train(device):
        recipe = BilevelRecipe(epochs=2, warm_up=1, mixture="per-image", alpha_step="substitution", augment=True)
        trained = train_hypers([cells[:3], cells[2:]], skeleton, small_digits.to(device).train, recipe, [0, 1])
        return [parameter for hyper, _ in trained for parameter in hyper.parameters()]

    assert_same_on_the_second_device(train)


@pytest.mark.parametrize("send", [images_travel, batches_travel])
def test_stand_alone_networks_train_there_as_on_the_cpu(send, cells, skeleton, small_digits):
    def train(device):
        recipe = Recipe(epochs=1, augment=True, clip=1.0)
        networks = [network_of(skeleton, [cell, cells[1]]) for cell in cells]
        scores, bank = train_blueprints(networks, send(small_digits, device), recipe, range(5))
        return [*vars(scores).values(), *bank.parameters()]

    assert_same_on_the_second_device(train)


def test_published_networks_run_there_as_on_the_cpu(small_networks):
    generator, labels = torch.Generator().manual_seed(0), torch.arange(12) % 5
    images = torch.randn(4, *small_networks[0].shapes[0], generator=generator).double()

    def step(device):
        bank = Bank(small_networks, [0, 1, 2]).double().to(device)
        logits = bank(images.to(device))
        F.cross_entropy(logits.flatten(0, 1), labels.to(device)).backward()
        return [logits, *(p.grad for p in bank.parameters() if p.grad is not None)]

    assert_same_on_the_second_device(step)


def test_zero_cost_scores_are_the_same_there(small_digits):
    def scores(device):
        table = spaces.get("nasbench201").enumerate()[777::2500]
        network = NetworkChoice(settings={"channels": 4, "cells": 1})
        score_table(table, small_digits, batch_size=8, network=network, device=device)
        return [torch.tensor(table.metrics.to_numpy(float))]

    assert_same_on_the_second_device(scores, tolerance=1e-3)


@pytest.mark.parametrize("send", [images_travel, batches_travel])
def test_a_model_is_fitted_there_as_on_the_cpu(send, small_digits):
    augmentation = Augmentation(randaugment=1, mixup=0.2, cutmix=0.5)
    recipe = replace(SHORT, epochs=2, batch_size=32, class_weights="balanced", augmentation=augmentation)

    def fitted(device):
        model = fit(SMALL_TASK, send(small_digits, device), recipe)
        figures = [model.metrics[name] for name in ("test_loss", "validation_loss", "test_accuracy")]
        return [*model.weights.values(), torch.tensor(figures)]

    assert_same_on_the_second_device(fitted, tolerance=1e-3)


def test_a_fit_goes_on_there_after_a_stop(small_digits, tmp_path):
    recipe = replace(SHORT, epochs=2, batch_size=32)

    def stopped(device):
        def stop(done, of):
            raise KeyboardInterrupt

        output = tmp_path / device
        with pytest.raises(KeyboardInterrupt):
            fit(SMALL_TASK, small_digits.to(device), recipe, output, progress=stop)
        return fit(SMALL_TASK, small_digits.to(device), recipe, output).weights.values()

    assert_same_on_the_second_device(stopped, tolerance=1e-3)


def test_a_model_predicts_and_is_evaluated_there_as_on_the_cpu(model_folder, picture_folder):
    model = Model.load(model_folder)
    data = load_images(f"folder:{picture_folder}", preprocessing=model.preprocessing)

    def told(device):
        found = model.evaluate(data.test.to(device))
        return [model.predict(sorted(picture_folder.rglob("*.png")), device=device), found.probabilities]

    assert_same_on_the_second_device(told)
