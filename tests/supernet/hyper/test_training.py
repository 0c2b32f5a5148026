import pytest
import torch
from torch.nn import functional as F

from archgraph import InputError
from archgraph.errors import DivergedError
from supernet.hyper.hyper import HyperArchitecture
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.training import HyperTraining
from supernet.hyper.trainings import train_hyper

EVERY = [
    {"order": "second"},
    {"order": "single-level"},
    {"mixture": "softmax"},
    {"mixture": "gumbel"},
    {"mixture": "hard-gumbel"},
    {"mixture": "hard-gumbel", "order": "single-level", "alpha_step": "joint"},
    {"mixture": "softmax", "order": "single-level", "alpha_step": "joint", "regulariser": "independent"},
    {"alpha_start": "uniform", "falling": 1, "final_rate": 1e-3},
    {"mixture": "single"},
    {"mixture": "per-image"},
    {"alpha_step": "adam", "alpha_rate": 0.01},
    {"alpha_step": "sgd", "alpha_rate": 0.5},
    {"alpha_step": "substitution", "order": "single-level"},
    {"alpha_step": "substitution", "mixture": "per-image", "regulariser": "independent"},
    {"regulariser": "independent"},
    {"regulariser": "dependent"},
    {"augment": True, "clip": 1.0},
    {"precision": "bfloat16"},
    {"optimizer": "sgd", "weight_decay": 1e-3, "learning_rate": 0.02},
]


@pytest.mark.parametrize("options", EVERY, ids=str)
def test_every_way_of_training_moves_the_architecture_parameters_and_resumes_exactly(
    options, cells, skeleton, small_digits, tmp_path
):
    recipe = BilevelRecipe(epochs=3, warm_up=1, **options)

    def hyper():
        return HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0)

    whole = HyperTraining(hyper(), small_digits.train, recipe, [1])
    whole.run()
    assert all(alpha.detach().any() for alpha in whole.alphas)
    stopped = HyperTraining(hyper(), small_digits.train, recipe, [1], tmp_path / "state.safetensors", stop_after(2))
    with pytest.raises(KeyboardInterrupt):
        stopped.run()
    again = HyperTraining(hyper(), small_digits.train, recipe, [1], state=tmp_path / "state.safetensors")
    assert again.epoch == 1
    again.run()
    assert all(torch.equal(a, b) for a, b in zip(again.alphas, whole.alphas, strict=True))
    for name, value in whole.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[name], value), name


def stop_after(epochs):
    def monitor(epoch, losses, alphas):
        if epoch == epochs:
            raise KeyboardInterrupt

    return monitor


def test_architecture_parameters_move_only_after_the_warm_up(cells, skeleton, small_digits):
    frozen, _ = train_hyper([cells, cells], skeleton, small_digits.train, BilevelRecipe(2, warm_up=2), seed=0)
    assert all(not alpha.detach().any() for alpha in frozen.alphas)
    moved, _ = train_hyper([cells, cells], skeleton, small_digits.train, BilevelRecipe(2, warm_up=1), seed=0)
    assert all(alpha.detach().any() for alpha in moved.alphas)
    # One natural gradient step: it keeps the mean and has the stated size.
    for alpha in moved.alphas:
        assert alpha.mean().item() == pytest.approx(0, abs=1e-5)
        assert alpha.square().mean().sqrt().item() == pytest.approx(0.05, rel=1e-3)


def test_training_repeats_exactly_and_lowers_the_loss(cells, skeleton, small_digits):
    def loss(epochs):
        recipe = BilevelRecipe(epochs, warm_up=0)
        hyper, held_out = train_hyper([cells, cells], skeleton, small_digits.train, recipe, seed=4)
        return F.cross_entropy(hyper.eval()(held_out.images), held_out.labels).item()

    assert loss(12) < loss(1)
    assert loss(2) == loss(2)


def test_a_state_of_another_training_is_refused(cells, skeleton, small_digits, tmp_path):
    state = tmp_path / "state.safetensors"
    train_hyper([cells[:2]] * 2, skeleton, small_digits.train, BilevelRecipe(1), 0, state)
    with pytest.raises(InputError, match="other settings"):
        train_hyper([cells[:2]] * 2, skeleton, small_digits.train, BilevelRecipe(2), 0, state)
    state.write_bytes(b"broken")
    with pytest.raises(InputError, match=r"training state .* is damaged; remove it"):
        train_hyper([cells[:2]] * 2, skeleton, small_digits.train, BilevelRecipe(1), 0, state)


def test_a_training_that_diverges_ends_where_it_does(cells, skeleton, small_digits):
    recipe, epochs = BilevelRecipe(epochs=9, warm_up=1, learning_rate=1e30), []
    hyper = HyperArchitecture([cells[:3], cells[2:]], skeleton, seed=0)
    training = HyperTraining(hyper, small_digits.train, recipe, [1], monitor=lambda *a: epochs.append(0))
    with pytest.raises(DivergedError, match=r"of the hyper-architecture diverged in epoch \d of 9: its weights are no"):
        training.run()
    assert len(epochs) < 8
