import pytest
import torch

from archgraph import Operation, allow_code
from archgraph.networks.steps import RELU, attention, conv, group_norm, linear, norm, own, position, token_mixing
from archgraph.ops import OPS
from supernet.bank.grouped_steps import grouped, slot_steps
from supernet.layers import make_module

COUNT = 3
STEPS = {
    "convolution": (conv(4, 6, 3, bias=True), (4, 5, 5)),
    "depthwise": (conv(4, 4, 3, groups=4), (4, 5, 5)),
    "norm": (norm(4), (4, 5, 5)),
    "relu": (RELU, (4, 5, 5)),
    "attention": (attention(4, 4, 2)[1], (12, 5, 5)),
    "positions": (token_mixing(4, 5)[0], (4, 4, 5)),
    "positions again": (token_mixing(4, 5)[2], (20, 4, 1)),
    "learned positions": (position((4, 5, 5)), (4, 5, 5)),
    "group norm": (group_norm(4, 2), (4, 5, 5)),
    "a module of one's own": (own("test-grouped-hops", (4, 5, 5)), (4, 5, 5)),
}


@pytest.fixture
def leave():
    OPS.register(Operation("test-grouped-hops", "message_passing", numbers={"hops": 2}, module="own_modules:Hops"))
    allow_code()
    yield
    allow_code(False)


@pytest.mark.parametrize("name", STEPS)
def test_many_slots_give_what_each_gives_with_its_own_weights(name, leave):
    step, shape = STEPS[name]
    many, alone = grouped(step, COUNT).double(), [make_module(step).double() for _ in range(COUNT)]
    with torch.no_grad():
        for slot, module in enumerate(alone):
            for parameter, value in module.named_parameters():
                value.normal_()
                many.get_parameter(parameter)[slot].copy_(value)
    x = torch.randn(2, COUNT, *shape, dtype=torch.float64)
    expected = [module(x[:, slot]) for slot, module in enumerate(alone)]
    torch.testing.assert_close(many(x.flatten(1, 2)).unflatten(1, (COUNT, -1)), torch.stack(expected, dim=1))
    for slot, one in enumerate(slot_steps(many, COUNT)):
        torch.testing.assert_close(one(x[:, slot]), expected[slot])


def test_linear_layers_of_many_slots_are_one_product():
    step = linear(4, 3)
    many = grouped(step, COUNT)
    with torch.no_grad():
        many.weight.normal_(), many.bias.normal_()
    x = torch.randn(2, COUNT, 4)
    each = [torch.nn.functional.linear(x[:, i], many.weight[i], many.bias[i]) for i in range(COUNT)]
    torch.testing.assert_close(many(x.flatten(1)), torch.cat(each, dim=1))
    assert [tuple(one(x[:, i]).shape) for i, one in enumerate(slot_steps(many, COUNT))] == [(2, 3)] * COUNT


def test_slots_that_read_the_same_channels_read_them_once():
    many = grouped(conv(4, 6, 1), COUNT, COUNT)
    with torch.no_grad():
        many.weight.normal_()
    x = torch.randn(2, 4, 5, 5)
    each = [torch.nn.functional.conv2d(x, weight) for weight in many.weight]
    torch.testing.assert_close(many(x), torch.cat(each, dim=1))
    assert repr(many) == "GroupedConv(3 x [6, 4, 1, 1], groups=1)"
