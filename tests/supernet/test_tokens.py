"""Steps that look at positions, and layers of them."""

import torch
from torch import nn

from archgraph import ArchGraph
from supernet import compile_cell
from supernet.tokens import Attention, Position, Turn


def test_attention_is_torchs_with_the_same_projections():
    cell = compile_cell(ArchGraph(["input", "attention-h4", "output"], [(0, 1), (1, 2)]), channels=16, seed=0)
    first, attention, last = next(iter(cell.layers.values()))
    assert attention.heads == 4
    known = nn.MultiheadAttention(16, 4, batch_first=True)
    with torch.no_grad():
        known.in_proj_weight.copy_(first.weight[:, :, 0, 0])
        known.in_proj_bias.copy_(first.bias)
        known.out_proj.weight.copy_(last.weight[:, :, 0, 0])
        known.out_proj.bias.copy_(last.bias)
    images = torch.randn(3, 16, 5, 4)
    tokens = images.flatten(2).transpose(1, 2)
    expected = known(tokens, tokens, tokens)[0].transpose(1, 2).unflatten(2, (5, 4))
    torch.testing.assert_close(cell(images), expected, atol=1e-5, rtol=1e-5)


def test_positions_become_channels_and_positions_again():
    images = torch.randn(2, 3, 4, 5)
    there = Turn(0, 0)(images)
    assert there.shape == (2, 20, 3, 1)
    assert torch.equal(there[:, 7, 2, 0], images[:, 2, 1, 2])
    assert torch.equal(Turn(4, 5)(there), images)


def test_token_mixing_is_a_linear_layer_over_positions():
    cell = compile_cell(ArchGraph(["input", "tokenmixing", "output"], [(0, 1), (1, 2)]), channels=3, size=4, seed=0)
    [_, linear, _] = next(iter(cell.layers.values()))
    images = torch.randn(2, 3, 4, 4)
    expected = nn.functional.linear(images.flatten(2), linear.weight[:, :, 0, 0], linear.bias).unflatten(2, (4, 4))
    torch.testing.assert_close(cell(images), expected)


def test_a_linear_layer_works_at_each_position():
    cell = compile_cell(ArchGraph(["input", "linear-e2-relu", "output"], [(0, 1), (1, 2)]), channels=3, seed=0)
    [linear, _] = next(iter(cell.layers.values()))
    images = torch.randn(2, 3, 4, 4)
    expected = nn.functional.linear(images.movedim(1, 3), linear.weight[:, :, 0, 0], linear.bias).relu().movedim(3, 1)
    torch.testing.assert_close(cell(images), expected)


def test_a_product_multiplies_its_inputs_and_a_zero_makes_it_zero():
    edges = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4)]
    images = torch.randn(2, 3, 4, 4)
    squared = compile_cell(ArchGraph(["input", "identity", "identity", "product", "output"], edges), channels=3)
    assert torch.equal(squared(images), images * images)
    nothing = compile_cell(ArchGraph(["input", "identity", "zero", "product", "output"], edges), channels=3)
    assert not nothing(images).any()


def test_norms_are_those_of_their_names():
    images = torch.randn(4, 6, 4, 4)
    for name, known in (("ln", nn.GroupNorm(1, 6)), ("in", nn.InstanceNorm2d(6)), ("bn", nn.BatchNorm2d(6))):
        cell = compile_cell(ArchGraph(["input", name, "output"], [(0, 1), (1, 2)]), channels=6)
        torch.testing.assert_close(cell(images), known(images), atol=1e-5, rtol=1e-5)


def test_heads_share_the_channels():
    assert Attention(2)(torch.zeros(1, 12, 2, 2)).shape == (1, 4, 2, 2)


def test_a_token_mlp_is_two_linear_layers_over_positions():
    cell = compile_cell(
        ArchGraph(["input", "tokenmlp-e2-gelu", "output"], [(0, 1), (1, 2)]), channels=3, size=4, seed=0
    )
    [_, first, between, last, _] = next(iter(cell.layers.values()))
    assert (first.out_channels, repr(between)) == (6, "GELU(approximate='none')")
    images = torch.randn(2, 3, 4, 4)
    hidden = nn.functional.gelu(nn.functional.linear(images.flatten(2), first.weight[:, :, 0, 0], first.bias))
    expected = nn.functional.linear(hidden, last.weight[:, :, 0, 0], last.bias).unflatten(2, (4, 4))
    torch.testing.assert_close(cell(images), expected)


def test_positions_are_learned_numbers_that_are_added():
    cell = compile_cell(ArchGraph(["input", "position", "output"], [(0, 1), (1, 2)]), channels=3, size=4, seed=0)
    [position] = next(iter(cell.layers.values()))
    assert position.weight.shape == (3, 4, 4)
    assert 0 < position.weight.std() < 0.1
    images = torch.randn(2, 3, 4, 4)
    assert torch.equal(cell(images), images + position.weight)
    assert Position(3, 4, 4)(images).shape == images.shape


def test_patches_lie_side_by_side():
    cell = compile_cell(ArchGraph(["input", "conv2x2-s2", "output"], [(0, 1), (1, 2)]), channels=3, size=5, seed=0)
    [convolution] = next(iter(cell.layers.values()))
    assert (convolution.kernel_size, convolution.stride, convolution.padding) == ((2, 2), (2, 2), (0, 0))
    assert cell(torch.randn(2, 3, 5, 5)).shape == (2, 3, 2, 2)
