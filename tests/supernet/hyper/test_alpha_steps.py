import torch

from supernet.hyper.alpha_steps import AlphaStep
from supernet.hyper.hyper import HyperArchitecture
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.training import HyperTraining


def test_steps_by_substitution_go_against_the_sampled_effects(cells, skeleton, small_digits):
    recipe = BilevelRecipe(1, 64, warm_up=0, alpha_step="substitution", alpha_rate=0.5)
    training = HyperTraining(HyperArchitecture([cells, cells], skeleton, 0), small_digits.train, recipe, [0])
    effects = [torch.linspace(-1, 1, 5), torch.linspace(1, -1, 5)]
    training.alpha_step(effects)
    for alpha, effect in zip(training.alphas, effects, strict=True):
        torch.testing.assert_close(alpha.detach(), -0.5 * effect)


def test_natural_steps_of_rows_far_apart_are_of_one_size():
    alphas = [torch.nn.Parameter(torch.zeros(3)) for _ in range(2)]
    AlphaStep("natural", alphas, 0.1)([torch.tensor([1.0, 0.0, -1.0]), 1e-6 * torch.tensor([1.0, 0.0, -1.0])])
    for alpha in alphas:
        torch.testing.assert_close(
            alpha.detach(), 0.1 * 1.5**0.5 * torch.tensor([-1.0, 0.0, 1.0]), atol=1e-4, rtol=1e-3
        )


def test_plain_steps_go_down_the_gradient():
    alpha = torch.nn.Parameter(torch.zeros(2))
    AlphaStep("sgd", [alpha], 0.5)([torch.tensor([1.0, -2.0])])
    assert alpha.tolist() == [-0.5, 1.0]
