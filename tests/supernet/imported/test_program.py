"""Programs: modules as data, and back."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archgraph.errors import InputError
from archgraph.formats.traced.program import ExampleInput
from supernet.imported.network import ImportedNetwork
from supernet.imported.program import program_of


def test_weights_keep_the_names_of_the_module_and_tied_ones_are_one():
    module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
    module[2].weight = module[0].weight
    program, state = program_of(module, [ExampleInput((1, 4))])
    assert program.trainable == {name for name, _ in module.named_parameters()}
    assert set(state) == {"0.weight", "0.bias", "2.bias"}


def test_the_module_is_left_as_it_was():
    module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout()).train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    program_of(module, [ExampleInput((2, 1, 8, 8))])
    assert module.training
    for name, value in module.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


class Regions(nn.Module):
    """Regions of another precision and without gradients, one inside the other, with two results."""

    def __init__(self, device: str = "cuda", enabled: bool = False):
        super().__init__()
        self.a, self.b, self.device, self.enabled = nn.Linear(8, 8), nn.Linear(8, 8), device, enabled

    def forward(self, x):
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.enabled):
            y = self.a(x.float())
            with torch.no_grad():
                z = self.b(x) * torch.ones(8)
        return y + z


def test_regions_run_in_their_places():
    module = Regions()
    program, state = program_of(module, [ExampleInput((2, 8))])
    assert [call.short for call in program.calls].count("linear") == 2
    images = torch.randn(3, 8)
    torch.testing.assert_close(ImportedNetwork(program, state)(images), module(images), rtol=0, atol=0)


class Branches(nn.Module):
    def forward(self, x):
        return torch.cond(x.sum() > 0, torch.sin, torch.cos, (x,))


@pytest.mark.parametrize("module", [Regions("cpu", True), Branches()], ids=["casts", "branches"])
def test_a_region_that_changes_what_is_computed_is_refused(module):
    with pytest.raises(InputError, match="whose bodies are not compiled"):
        program_of(module, [ExampleInput((2, 8))])
