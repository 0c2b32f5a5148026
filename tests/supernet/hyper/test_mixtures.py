import pytest
import torch

from supernet.hyper.mixtures import MIXTURES, alpha_mixture, weight_mixture

ALPHA = torch.tensor([1.0, 0.0, -1.0])


@pytest.mark.parametrize("kind", MIXTURES)
def test_a_mixture_is_a_point_of_the_simplex_drawn_from_its_generator(kind):
    drawn = [weight_mixture(ALPHA, kind, torch.Generator().manual_seed(3)) for _ in range(2)]
    assert torch.equal(*drawn)
    assert drawn[0].sum().item() == pytest.approx(1)
    assert (drawn[0] >= 0).all()


def test_every_image_can_have_a_draw_of_its_own():
    generator = torch.Generator().manual_seed(0)
    drawn = weight_mixture(ALPHA, "per-image", generator, concentration=1.0, images=4000)
    assert drawn.shape == (4000, 3)
    assert len(drawn.unique(dim=0)) == 4000
    torch.testing.assert_close(drawn.sum(1), torch.ones(4000))
    torch.testing.assert_close(drawn.mean(0), ALPHA.softmax(0), atol=0.025, rtol=0)


@pytest.mark.parametrize("kind", ["dirichlet", "single"])
def test_random_mixtures_have_the_softmax_as_their_mean(kind):
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([weight_mixture(ALPHA, kind, generator, concentration=1.0) for _ in range(4000)])
    torch.testing.assert_close(drawn.mean(0), ALPHA.softmax(0), atol=0.025, rtol=0)


@pytest.mark.parametrize("kind", ["gumbel", "hard-gumbel"])
def test_the_largest_of_a_gumbel_softmax_follows_the_softmax(kind):
    generator = torch.Generator().manual_seed(0)
    chosen = torch.stack([weight_mixture(ALPHA, kind, generator) for _ in range(4000)]).argmax(1)
    torch.testing.assert_close(torch.bincount(chosen) / 4000, ALPHA.softmax(0), atol=0.025, rtol=0)


@pytest.mark.parametrize("kind", MIXTURES)
def test_architecture_parameters_see_a_differentiable_mixture(kind):
    alpha = ALPHA.clone().requires_grad_()
    mixture = alpha_mixture(alpha, kind, torch.Generator().manual_seed(0))
    mixture[0].backward()
    assert alpha.grad.abs().sum() > 0
    assert mixture.sum().item() == pytest.approx(1)


def test_a_hard_gumbel_softmax_takes_one_source_with_the_slope_of_the_soft_one():
    hard, soft = (ALPHA.clone().requires_grad_() for _ in range(2))
    made = [
        alpha_mixture(alpha, kind, torch.Generator().manual_seed(3))
        for alpha, kind in ((hard, "hard-gumbel"), (soft, "gumbel"))
    ]
    assert sorted(made[0].tolist()) == [0, 0, 1]
    assert made[0].argmax() == made[1].argmax()
    for mixture in made:
        (mixture @ torch.tensor([1.0, 2.0, 4.0])).backward()
    torch.testing.assert_close(hard.grad, soft.grad)


def test_a_colder_gumbel_softmax_is_closer_to_one_source():
    cold, warm = (weight_mixture(ALPHA, "gumbel", torch.Generator().manual_seed(1), temperature=t) for t in (0.1, 5.0))
    assert cold.max() > warm.max()
