import torch

from encoders.delta.learners.networks import DeltaNetworks, context_term, train_networks


def test_the_context_term_changes_sign_with_its_arguments():
    u, v = torch.randn(2, 5, 8)
    torch.testing.assert_close(context_term(u, v), -context_term(v, u))
    assert (context_term(u, u) == 0).all()


def test_networks_learn_differences_and_ignore_constant_features():
    torch.manual_seed(0)
    x = torch.randn(80, 5)
    x[:, 4] = 3
    y = x[:, 0] - x[:, 1] ** 2
    networks = train_networks(x, (y - y.mean()) / y.std(), seed=0, learners=3, hidden=32)
    score, context = networks.embed(x)
    assert score.shape == (3, 80)
    assert context.shape == (3, 80, 8)
    assert torch.corrcoef(torch.stack([score.mean(0), y]))[0, 1] > 0.9


def test_without_context_every_cycle_sums_to_zero():
    networks = DeltaNetworks(4, learners=2, hidden=8, context=0)
    assert networks.embed(torch.randn(6, 4))[1].shape == (2, 6, 0)
