import pytest
import torch

from archgraph import InputError
from archgraph.networks.macro_skeleton import hyper_of
from supernet.hyper.batches import beside
from supernet.hyper.hyper import HyperArchitecture
from supernet.hyper.mixed import MixedNetwork
from supernet.hyper.ranks import FadeRanks
from supernet.hyper.recipe import RANKING, BilevelRecipe
from supernet.hyper.side_by_side import SideBySide
from supernet.hyper.training import HyperTraining
from supernet.hyper.trainings import fade_ranks, train_hyper, train_hypers
from supernet.images.splits import Images

SEEDS = [3, 4, 5]
WAYS = [
    {"mixture": "per-image", "alpha_step": "substitution"},
    {"mixture": "dirichlet", "alpha_step": "natural", "regulariser": "dependent"},
    {"mixture": "softmax", "alpha_step": "adam", "alpha_rate": 0.01, "order": "single-level"},
    {"mixture": "gumbel", "alpha_step": "sgd", "clip": 0.5, "optimizer": "sgd", "augment": True},
]


@pytest.fixture
def rows(cells):
    return [cells[:3], cells[2:]]


@pytest.fixture
def exact_digits(small_digits):
    train = small_digits.train
    return Images(train.images.double(), train.labels)


def trained(rows, skeleton, train, recipe, seeds):
    blueprint = hyper_of(skeleton, rows)
    model = SideBySide(blueprint, seeds) if len(seeds) > 1 else MixedNetwork(blueprint, seeds[0])
    training = HyperTraining(model.double(), train, recipe, seeds)
    training.run()
    return [network for network, _ in training.networks()]


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_trainings_side_by_side_end_as_each_alone(options, rows, skeleton, exact_digits, monkeypatch):
    monkeypatch.setattr(torch.Tensor, "float", lambda tensor: tensor)  # losses are float32 else
    recipe = BilevelRecipe(epochs=2, warm_up=1, batch_size=32, **options)
    together = trained(rows, skeleton, exact_digits, recipe, SEEDS)
    for hyper, seed in zip(together, SEEDS, strict=True):
        (alone,) = trained(rows, skeleton, exact_digits, recipe, [seed])
        assert all(alpha.detach().any() for alpha in hyper.alphas)
        for name, value in alone.state_dict().items():
            torch.testing.assert_close(hyper.state_dict()[name], value, atol=1e-6, rtol=1e-6, msg=name)


def test_networks_side_by_side_are_drawn_as_each_alone(rows, skeleton):
    blueprint = hyper_of(skeleton, rows)
    hypers = [MixedNetwork(blueprint, seed) for seed in SEEDS]
    model = SideBySide(blueprint, SEEDS)
    for hyper, own in zip(hypers, model.networks(), strict=True):
        assert all(torch.equal(own.state_dict()[name], value) for name, value in hyper.state_dict().items())
    with torch.no_grad():
        hypers[1].alphas[0].copy_(torch.tensor([1.0, 2.0, 3.0]))
        model.alphas[2].copy_(hypers[1].alphas[0])
    batches = [Images(torch.randn(4, 1, 8, 8), torch.arange(4)) for _ in hypers]
    mixtures = [alpha.softmax(0) for alpha in model.alphas]
    logits = model.eval()(beside(batches).images, mixtures)
    for i, (hyper, batch) in enumerate(zip(hypers, batches, strict=True)):
        torch.testing.assert_close(logits[:, i], hyper.eval()(batch.images), atol=1e-5, rtol=1e-4)


def test_networks_taken_apart_are_copies(rows, skeleton):
    model = SideBySide(hyper_of(skeleton, rows), SEEDS)
    with torch.no_grad():
        model.alphas[2].copy_(torch.tensor([1.0, 2.0, 3.0]))
    apart = model.networks()
    assert [network.alphas[0].tolist() for network in apart] == [[0, 0, 0], [1, 2, 3], [0, 0, 0]]
    before = {name: value.clone() for name, value in apart[0].state_dict().items()}
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1)
    assert all(torch.equal(apart[0].state_dict()[name], value) for name, value in before.items())
    for name, parameter in model.networks()[0].named_parameters():
        torch.testing.assert_close(parameter.detach(), before[name] + 1)


def test_trainings_side_by_side_resume_exactly(rows, skeleton, small_digits, tmp_path):
    recipe, state = BilevelRecipe(epochs=3, warm_up=1, mixture="per-image"), tmp_path / "state.safetensors"
    whole = train_hypers(rows, skeleton, small_digits.train, recipe, SEEDS)
    seen = []

    def stop(epoch, losses, alphas):
        seen.append((epoch, len(losses), [len(own) for own in alphas]))
        if epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_hypers(rows, skeleton, small_digits.train, recipe, SEEDS, state, stop)
    assert seen == [(1, 3, [2, 2, 2]), (2, 3, [2, 2, 2])]
    again = train_hypers(rows, skeleton, small_digits.train, recipe, SEEDS, state)
    for (hyper, held_out), (expected, part) in zip(again, whole, strict=True):
        assert torch.equal(held_out.labels, part.labels)
        assert all(torch.equal(hyper.state_dict()[name], value) for name, value in expected.state_dict().items())
    with pytest.raises(InputError, match="other settings"):
        train_hypers(rows, skeleton, small_digits.train, recipe, SEEDS[:2], state)


@pytest.mark.parametrize("options", [{"order": "second", "alpha_step": "adam"}, {"mixture": "single"}], ids=str)
def test_steps_that_see_one_network_go_one_by_one(options, rows, skeleton, small_digits):
    recipe = BilevelRecipe(epochs=2, warm_up=1, **options)
    with pytest.raises(InputError, match="one network at a time"):
        train_hypers(rows, skeleton, small_digits.train, recipe, SEEDS)
    done = []
    ranks = fade_ranks(rows, skeleton, small_digits.train, recipe, SEEDS, lambda: done.append(1))
    assert len(done) == len(SEEDS)
    alone = [train_hyper(rows, skeleton, small_digits.train, recipe, seed)[0].probabilities() for seed in SEEDS]
    assert all((row == own).all() for row, own in zip(ranks.cells, FadeRanks(alone).cells, strict=True))


def test_each_training_has_a_seed(rows, skeleton, small_digits):
    with pytest.raises(InputError, match="2 for 1"):
        HyperTraining(HyperArchitecture(rows, skeleton, 0), small_digits.train, RANKING, [1, 2])
    with pytest.raises(InputError, match="at least one"):
        train_hypers(rows, skeleton, small_digits.train, RANKING, [])
