"""As many outputs as there are classes."""

import imported_networks as networks
import pytest
import torch
from torch import nn

from archgraph.errors import CompileError
from archgraph.formats.traced.program import ExampleInput
from supernet.imported.head import with_outputs
from supernet.imported.member import ImportedMember
from supernet.imported.program import program_of


def made(module, shape=(1, 1, 8, 8)):
    return ImportedMember(*program_of(module, [ExampleInput(shape)]), preserving=True)


def test_outputs_that_are_kept_are_as_they_were_and_new_ones_are_zero():
    member, images = made(networks.tokens()), torch.randn(3, 1, 8, 8)
    plain = member.network()(images)
    torch.testing.assert_close(with_outputs(member, 4).network()(images), plain[:, :4])
    longer = with_outputs(member, 13).network()(images)
    torch.testing.assert_close(longer[:, :10], plain)
    assert not longer[:, 10:].any()
    assert with_outputs(member, 10) is member


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(64, 10), nn.ReLU()), "made by relu"),
        (nn.Sequential(nn.Conv2d(1, 10, 8), nn.Flatten()), "not by a linear layer"),
    ],
)
def test_other_ends_are_refused_in_one_line(module, reason):
    with pytest.raises(CompileError, match=reason):
        with_outputs(made(module), 5)
