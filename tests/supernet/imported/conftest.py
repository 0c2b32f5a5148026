from __future__ import annotations

import imported_networks as networks
import pytest
import torch

from archgraph.formats.traced.program import ExampleInput
from supernet.imported.places import Layout
from supernet.imported.program import program_of

MADE = {"residual": networks.residual, "tokens": networks.tokens, "scaled": networks.scaled}


class Case:
    """A network with its program and layout."""

    def __init__(self, module):
        self.module = module
        self.program, self.state = program_of(module, [ExampleInput((1, 1, 8, 8))])
        self.layout = Layout(self.program, self.state)
        self.images = torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            self.output = module(self.images)

    def error(self, network):
        """By how much a network's outputs differ, as a share of the largest of the original's."""
        with torch.no_grad():
            return float((network.eval()(self.images) - self.output).abs().max() / self.output.abs().max())


@pytest.fixture(scope="session")
def cases():
    return {name: Case(make()) for name, make in MADE.items()}


@pytest.fixture(params=MADE)
def case(request, cases):
    return cases[request.param]
