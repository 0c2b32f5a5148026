"""Banks of networks with layers that look at positions, products, and modules of one's own."""

import pytest
import torch

from archgraph import ArchGraph, Operation, allow_code
from archgraph.networks.registry import blueprint
from archgraph.ops import OPS
from supernet.bank.bank import Bank
from supernet.network import Network

EDGES = [(0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 5), (2, 6), (6, 7), (5, 8), (7, 8)]
CELLS = (
    ["input", "test-bank-hops", "attention-h2", "tokenmixing", "linear-relu", "product", "ln", "gn-gelu", "output"],
    ["input", "identity", "tokenmixing", "test-bank-hops", "test-bank-hops", "product", "in", "attention-h4", "output"],
)


@pytest.fixture
def networks():
    """Two different networks and one of them again, as blueprints."""
    OPS.register(Operation("test-bank-hops", "message_passing", numbers={"hops": 2}, module="own_modules:Hops"))
    allow_code()
    made = [blueprint(ArchGraph(ops, EDGES), "custom", (3, 8, 8), 5, channels=8, stages=2) for ops in CELLS]
    yield [*made, made[0]]
    allow_code(False)


def test_a_bank_gives_each_what_it_gives_alone_and_its_gradients(networks, way):
    bank, images = Bank(networks, [3, 4, 5]).double(), torch.randn(4, 3, 8, 8, dtype=torch.float64)
    alone = [Network(made, seed).double() for made, seed in zip(networks, (3, 4, 5), strict=True)]
    expected = torch.stack([network(images) for network in alone], dim=1)
    found = bank(images)
    torch.testing.assert_close(found, expected)
    found.square().sum().backward()
    expected.square().sum().backward()
    for number, network in enumerate(alone):
        gradients = {name: p.grad for name, p in network.named_parameters()}
        for name, value, slot in bank.tensors(number):
            if name in gradients:
                torch.testing.assert_close(value.grad[slot], gradients[name])


def test_weights_and_statistics_come_back_by_their_names(networks, way):
    bank, images = Bank(networks, [3, 4, 5]), torch.randn(4, 3, 8, 8)
    bank.train()(images)
    network = Network(networks[1], 0)
    network.load_weights(bank.state(1))
    with torch.no_grad():
        torch.testing.assert_close(network.eval()(images), bank.eval()(images)[:, 1], atol=1e-4, rtol=1e-4)
