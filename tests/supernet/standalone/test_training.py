import pytest
import torch

import supernet.standalone.training
from archgraph import ArchGraphError, CompileError, InputError
from archgraph.networks.macro_skeleton import network_of
from archgraph.networks.skeleton import Skeleton
from supernet.bank.bank import Bank
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.trainings import fade_ranks
from supernet.standalone.training import Recipe, clip_each, losses, train_blueprints, train_networks, training_macs


def test_networks_trained_side_by_side_score_as_when_trained_alone(cells, skeleton, small_digits):
    paths, recipe = [[cells[0], cells[1]], [cells[3], cells[4]]], Recipe(epochs=2)
    together = train_networks(paths, skeleton, small_digits, recipe, [3, 3])
    alone = [train_networks([path], skeleton, small_digits, recipe, [3]) for path in paths]
    for lane, scores in enumerate(alone):
        assert together.validation_loss[lane].item() == pytest.approx(scores.validation_loss.item(), rel=0.02)


def test_training_learns_and_repeats_exactly(cells, skeleton, small_digits):
    def train(seed):
        return train_networks([[cells[1], cells[2]]], skeleton, small_digits, Recipe(epochs=30), [seed])

    first, again, other = train(0), train(0), train(1)
    assert first.validation_accuracy.item() > 0.6
    assert first.validation_loss.item() == again.validation_loss.item()
    assert first.validation_loss.item() != other.validation_loss.item()


def test_the_price_of_training_is_three_forward_passes_an_image_and_epoch(cells, skeleton):
    path = [cells[0], cells[1]]
    assert training_macs([path, path], skeleton, 100, 5) == 2 * 3 * 100 * 5 * skeleton.macs([[c] for c in path])


def test_images_that_the_frame_does_not_take_are_named(cells, small_digits):
    path = [cells[0], cells[1]]
    for image, classes, reason in (((3, 8, 8), 10, r"shape \(3, 8, 8\), but got \(1, 8, 8\)"), ((1, 8, 8), 9, "of 10")):
        frame = Skeleton(image, classes, (2, 4), (2, 2))
        with pytest.raises(InputError, match=reason):
            train_networks([path], frame, small_digits, Recipe(epochs=1), [0])
        with pytest.raises(InputError, match=reason):
            fade_ranks([[c] for c in path], frame, small_digits.train, BilevelRecipe(1, warm_up=0), [0])


def test_a_path_with_a_missing_row_is_refused(cells, skeleton):
    with pytest.raises(CompileError, match="candidates for each of 2 rows, but got 1"):
        network_of(skeleton, [cells[0]])


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(2, optimizer="sgd", learning_rate=0.05, weight_decay=5e-4, clip=1.0),
        Recipe(2, optimizer="adamw", clip=0.1, augment=True),
    ],
)
def test_every_recipe_trains_networks_side_by_side_as_alone(recipe, cells, skeleton, small_digits):
    blueprints = [network_of(skeleton, [cell, cells[1]]) for cell in cells[:3]]
    together, _ = train_blueprints(blueprints, small_digits, recipe, [1, 2, 3], order=0)
    for i, made in enumerate(blueprints):
        alone, _ = train_blueprints([made], small_digits, recipe, [i + 1], order=0)
        assert alone.validation_loss[0].item() == pytest.approx(together.validation_loss[i].item(), rel=0.02)


def test_gradients_are_clipped_network_by_network(cells, skeleton, small_digits):
    bank = Bank([network_of(skeleton, [cell, cells[1]]) for cell in cells[:3]], [0, 1, 2])
    losses(bank(small_digits.train.images), small_digits.train.labels).sum().backward()
    clip_each(bank, 0.01)
    for i in range(3):
        own = [stacked.grad[member] for _, stacked, member in bank.tensors(i) if stacked.grad is not None]
        assert sum(g.square().sum() for g in own).sqrt().item() == pytest.approx(0.01, rel=1e-3)


def test_mixed_precision_learns(cells, skeleton, small_digits):
    recipe = Recipe(epochs=30, precision="bfloat16")
    assert train_networks([[cells[1], cells[2]]], skeleton, small_digits, recipe, [0]).validation_accuracy[0] > 0.5


def test_training_can_start_from_weights_of_another(cells, skeleton, small_digits):
    made = [network_of(skeleton, [cells[1], cells[2]])]
    _, bank = train_blueprints(made, small_digits, Recipe(epochs=10), [0])
    started, _ = train_blueprints(made, small_digits, Recipe(epochs=1, learning_rate=1e-6), [5], weights=[bank.state()])
    fresh, _ = train_blueprints(made, small_digits, Recipe(epochs=1, learning_rate=1e-6), [5])
    assert started.validation_loss[0] < fresh.validation_loss[0]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"optimizer": "lion"}, "optimizer is one of adam, adamw, sgd, but got 'lion'"),
        ({"precision": "int8"}, "precision is one of float32, bfloat16, but got 'int8'"),
    ],
)
def test_a_choice_that_a_recipe_does_not_have_is_said(choice, message):
    with pytest.raises(InputError, match=message):
        Recipe(**choice)


def test_a_training_that_diverges_has_no_accuracy_and_stops_early(cells, skeleton, small_digits):
    epochs = []
    blueprints = [network_of(skeleton, [cell, cells[1]]) for cell in cells[:2]]
    recipe = Recipe(epochs=9, learning_rate=1e30)
    figures, _ = train_blueprints(blueprints, small_digits, recipe, [0, 1], progress=lambda: epochs.append(0))
    assert len(epochs) < 9
    assert all(value.isnan().all() for name, value in vars(figures).items() if name != "diverged")
    assert [figures.reason(i) is not None for i in range(2)] == [True, True]
    assert "in epoch 1;" in figures.reason(0)


def test_a_training_that_does_not_diverge_has_no_reason(cells, skeleton, small_digits):
    figures = train_networks([[cells[0], cells[1]]], skeleton, small_digits, Recipe(epochs=1), [0])
    assert figures.reason(0) is None


@pytest.fixture
def small_memory(monkeypatch):
    """Steps of a bank of more than two networks run out of memory; the sizes of banks that trained."""
    plain, sizes = supernet.standalone.training.losses, []

    def found(logits, labels):
        if logits.requires_grad:
            sizes.append(logits.shape[1])
            if logits.shape[1] > 2:
                raise torch.OutOfMemoryError("no room")
        return plain(logits, labels)

    monkeypatch.setattr(supernet.standalone.training, "losses", found)
    return sizes


@pytest.mark.parametrize("augment", [False, True])
def test_what_does_not_fit_into_memory_is_trained_half_by_half(cells, skeleton, small_digits, augment, request):
    blueprints, recipe = [network_of(skeleton, [c, cells[1]]) for c in cells[:5]], Recipe(epochs=2, augment=augment)
    figures, bank = train_blueprints(blueprints, small_digits, recipe, range(5))
    sizes = request.getfixturevalue("small_memory")
    halved, again = train_blueprints(blueprints, small_digits, recipe, range(5))
    assert list(dict.fromkeys(sizes)) == [5, 3, 2, 1]
    for name, value in vars(figures).items():
        torch.testing.assert_close(getattr(halved, name), value, atol=1e-3, rtol=1e-3)
    for network in range(5):
        for name, value in bank.state(network).items():
            torch.testing.assert_close(again.state(network)[name], value, atol=1e-3, rtol=1e-3)


def test_a_network_that_does_not_fit_alone_is_said(cells, skeleton, small_digits, monkeypatch):
    def no_room(bank, images):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(Bank, "forward", no_room)
    with pytest.raises(ArchGraphError, match="a network does not fit into the memory of cpu with batches of 64 images"):
        train_networks([[cells[0], cells[1]]] * 3, skeleton, small_digits, Recipe(epochs=1), [0, 1, 2])
