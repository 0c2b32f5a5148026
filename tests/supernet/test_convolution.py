"""Convolutions give the gradients that they have, whatever the kernels of the machine."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from archgraph.networks.steps import conv
from supernet.convolution import Conv2d, conv2d
from supernet.layers import make_module


def gradients(function, images, weight):
    images, weight = images.detach().requires_grad_(), weight.detach().requires_grad_()
    function(images, weight).square().mean().backward()
    return images.grad, weight.grad


@pytest.mark.parametrize(
    ("channels", "outputs", "side"), [(1, 16, 16), (3, 16, 16), (4, 24, 16), (5, 8, 7), (12, 9, 8)]
)
@pytest.mark.parametrize("stride", [2, (2, 1), 3])
def test_a_strided_convolution_of_single_pixels_has_the_gradients_of_exact_arithmetic(channels, outputs, side, stride):
    """Of doubles, for which there is no such kernel."""
    torch.manual_seed(0)
    images = torch.randn(16, channels, side, side).to(memory_format=torch.channels_last)
    weight = torch.randn(outputs, channels, 1, 1)
    found = gradients(lambda x, w: conv2d(x, w, stride=stride), images, weight)
    exact = gradients(lambda x, w: F.conv2d(x, w, stride=stride), images.double(), weight.double())
    for one, other in zip(found, exact, strict=True):
        torch.testing.assert_close(one, other.float())


def test_what_is_made_of_a_step_is_kept_from_the_fault():
    made = make_module(conv(4, 6, kernel=1, stride=2))
    assert isinstance(made, Conv2d)
    images = torch.randn(8, 4, 8, 8).to(memory_format=torch.channels_last)
    plain = nn.Conv2d(4, 6, 1, 2, bias=False)
    plain.load_state_dict(made.state_dict())
    torch.testing.assert_close(made(images), plain(images.contiguous()))


def test_an_exported_network_has_the_convolution_itself():
    program = torch.export.export(make_module(conv(4, 6, kernel=1, stride=2)), (torch.randn(2, 4, 8, 8),))
    called = [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
    assert called == ["aten.conv2d.default"]


def test_padding_by_name_and_by_mirroring_is_as_torch_has_it():
    torch.manual_seed(0)
    images = torch.randn(2, 3, 8, 8)
    for settings in ({"padding": "same"}, {"padding": 1, "padding_mode": "reflect"}):
        ours, plain = Conv2d(3, 4, 3, **settings), nn.Conv2d(3, 4, 3, **settings)
        plain.load_state_dict(ours.state_dict())
        assert torch.equal(ours(images), plain(images))
