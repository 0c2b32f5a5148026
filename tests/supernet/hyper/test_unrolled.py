import torch

from supernet.hyper.unrolled import unrolled_gradients
from supernet.images.splits import Images


def test_the_second_order_gradient_is_that_of_the_loss_after_one_step():
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(3, 4, generator=generator, dtype=torch.float64).requires_grad_()
    alpha = torch.randn(2, generator=generator, dtype=torch.float64).requires_grad_()
    parts = [
        Images(torch.randn(8, 4, generator=generator, dtype=torch.float64), torch.randint(3, (8,), generator=generator))
        for _ in range(2)
    ]

    def loss(images, mixtures, weight):
        logits = mixtures[0][0] * images.images @ weight.T + mixtures[0][1] * (images.images @ weight.T).tanh()
        return torch.nn.functional.cross_entropy(logits, images.labels)

    rate = 0.3
    found = unrolled_gradients(
        lambda images, mixtures: loss(images, mixtures, weight), [weight], [alpha], [alpha.softmax(0)], *parts, rate
    )
    mixtures = [alpha.softmax(0)]
    (descent,) = torch.autograd.grad(loss(parts[0], mixtures, weight), weight, create_graph=True)
    expected = torch.autograd.grad(loss(parts[1], mixtures, weight - rate * descent), alpha)
    torch.testing.assert_close(found[0], expected[0], atol=1e-5, rtol=1e-4)


def test_the_weights_are_left_as_they_were(cells, skeleton, small_digits):
    from supernet.hyper.hyper import HyperArchitecture

    hyper = HyperArchitecture([cells[:2], cells[:3]], skeleton, 0)
    weights, before = list(hyper.weights()), [w.detach().clone() for w in hyper.weights()]
    mixtures = [alpha.softmax(0) for alpha in hyper.alphas]

    def loss(images, mixtures):
        return torch.nn.functional.cross_entropy(hyper(images.images, mixtures), images.labels)

    unrolled_gradients(loss, weights, hyper.alphas, mixtures, small_digits.train, small_digits.validation, 0.01)
    assert all(torch.equal(a, b) for a, b in zip(weights, before, strict=True))
