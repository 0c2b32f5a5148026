import pytest
import torch
from torch import nn

from supernet.bank.channels_last import batch_norm, mixture

SHAPES = [(2, 1, 3, 3), (4, 3, 5, 7), (3, 40, 2, 2), (8, 16, 1, 1)]


def gradients(out, *leaves):
    return torch.autograd.grad((out * torch.arange(out.numel()).view(out.shape).cos()).sum(), leaves)


def assert_norms_agree(x, affine, tolerance):
    norm = nn.BatchNorm2d(x.shape[1], affine=affine).to(x.dtype)
    statistics = (norm.running_mean.clone(), norm.running_var.clone())
    if affine:
        nn.init.normal_(norm.weight), nn.init.normal_(norm.bias)
    leaves = [x, *norm.parameters()]
    out = batch_norm(x, statistics, norm.weight, norm.bias, True)
    close = {"atol": tolerance, "rtol": tolerance}
    torch.testing.assert_close(out, norm(x), **close)
    torch.testing.assert_close(gradients(out, *leaves), gradients(norm(x.contiguous()), *leaves), **close)
    kept = (norm.running_mean, norm.running_var)
    torch.testing.assert_close(batch_norm(x, kept, norm.weight, norm.bias, False), norm.eval()(x), **close)


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_norm_is_that_of_torch_forward_and_back(shape, affine):
    x = torch.randn(shape, dtype=torch.float64).contiguous(memory_format=torch.channels_last).requires_grad_()
    assert_norms_agree(x, affine, 1e-9)


def test_values_far_from_zero_are_normalised_to_1e_5_in_single_precision():
    x = (torch.randn(32, 8, 16, 16) + 3).contiguous(memory_format=torch.channels_last).requires_grad_()
    norm = nn.BatchNorm2d(8)
    out = batch_norm(x, (norm.running_mean.clone(), norm.running_var.clone()), None, None, True)
    exact = nn.BatchNorm2d(8).double()(x.double())
    torch.testing.assert_close(out, exact.float(), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(gradients(out, x), gradients(exact, x), atol=1e-5, rtol=1e-5)


def test_running_statistics_move_as_in_torch():
    x = torch.randn(4, 3, 5, 5).contiguous(memory_format=torch.channels_last)
    norm, own = nn.BatchNorm2d(3), nn.BatchNorm2d(3)
    batch_norm(x, (own.running_mean, own.running_var), None, None, True)
    norm(x)
    torch.testing.assert_close(own.running_mean, norm.running_mean)
    torch.testing.assert_close(own.running_var, norm.running_var)


@pytest.mark.parametrize("own", [False, True])
def test_a_mixture_is_the_weighted_sum_forward_and_back(own):
    values = [torch.randn(2, 3, 4, 5, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    weights = torch.rand((2, 3) if own else (3,), dtype=torch.float64, requires_grad=True)
    beside = weights.unbind(-1) if not own else [weight.view(2, 1, 1, 1) for weight in weights.unbind(-1)]
    plain = sum(value * weight for value, weight in zip(values, beside, strict=True))
    found = mixture(values, weights)
    torch.testing.assert_close(found, plain)
    torch.testing.assert_close(gradients(found, weights, *values), gradients(plain, weights, *values))
