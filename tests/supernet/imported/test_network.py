"""Programs as modules."""

from __future__ import annotations

import json

import pytest
import torch
from torch import nn

from archgraph.errors import CompileError
from archgraph.formats.traced.program import ExampleInput
from supernet.imported.network import ImportedNetwork, value_shapes
from supernet.imported.program import program_of
from supernet.imported.program_json import from_json, to_json


def test_outputs_and_weights_are_those_of_the_original_at_another_batch(case):
    network = ImportedNetwork(case.program, case.state)
    assert case.error(network) == 0
    assert {name for name, _ in network.named_parameters()} == {name for name, _ in case.module.named_parameters()}


def test_training_mode_is_the_modules_own():
    module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
    program, state = program_of(module, [ExampleInput((2, 1, 8, 8))])
    network = ImportedNetwork(program, {name: value.clone() for name, value in state.items()}).train()
    images = torch.randn(5, 1, 8, 8)
    torch.testing.assert_close(network(images), module.train()(images))
    torch.testing.assert_close(network.get_buffer("1.running_mean"), module[1].running_mean)


def test_shapes_are_those_of_a_run(case):
    network = ImportedNetwork(case.program, case.state).eval()
    with torch.no_grad():
        values = network.trace(torch.zeros(2, 1, 8, 8))
    shapes = value_shapes(case.program, case.state)
    for name, value in values.items():
        if isinstance(value, torch.Tensor):
            assert shapes[name] == tuple(value.shape)


class Named(nn.Module):
    """Parts that have names which a network that runs a program has too."""

    def __init__(self):
        super().__init__()
        self.start, self.trace, self.program = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        return self.program(self.trace(self.start(x)))


def test_parts_may_have_any_names():
    module = Named()
    program, state = program_of(module, [ExampleInput((2, 4))])
    network, x = ImportedNetwork(program, state), torch.randn(3, 4)
    torch.testing.assert_close(network(x), module(x), rtol=0, atol=0)
    assert {name for name, _ in network.named_parameters()} == {name for name, _ in module.named_parameters()}


@pytest.mark.parametrize(
    "name", ["_steps", "_free", "program", "forward", "a b", "_parameters.a", "training", "a.training"]
)
def test_a_weight_of_any_name_is_held_or_refused(name):
    program, state = program_of(nn.Linear(4, 2), [ExampleInput((2, 4))])
    described = json.loads(json.dumps(to_json(program)).replace("weight", name))
    state = {key.replace("weight", name): value for key, value in state.items()}
    if name.endswith("training"):
        with pytest.raises(CompileError, match="no weights are called"):
            ImportedNetwork(from_json(described), state)
        return
    network = ImportedNetwork(from_json(described), state).train().eval()
    images = torch.randn(3, 4)
    torch.testing.assert_close(network(images), images @ state[name].T + state["bias"])
