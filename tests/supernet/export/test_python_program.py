"""Networks that were made elsewhere as Python that needs torch alone."""

import subprocess
import sys

import imported_networks as networks
import pytest
import torch
from torch import nn

from archgraph.errors import InputError
from archgraph.formats.traced.program import ExampleInput
from supernet.export.files import export_program
from supernet.imported.network import ImportedNetwork
from supernet.imported.program import program_of

CHECK = """
import sys, torch
sys.modules["archgraph"] = sys.modules["supernet"] = sys.modules["torchvision"] = None  # none can be imported
import net
images, expected = torch.load("case.pt")
print(float((net.load()(images) - expected).abs().max()))
"""


def imported(module, shape=(1, 1, 8, 8)):
    return ImportedNetwork(*program_of(module, [ExampleInput(shape)])).eval()


@pytest.mark.parametrize("name", ["residual", "tokens", "scaled"])
def test_the_file_gives_the_outputs_with_torch_alone(name, tmp_path):
    network, images = imported(getattr(networks, name)()), torch.randn(3, 1, 8, 8)
    written = export_program(network, (1, 8, 8), "py", tmp_path / "net.py")
    assert [file.name for file in written] == ["net.py", "net.safetensors"]
    with torch.no_grad():
        torch.save((images, network(images)), tmp_path / "case.pt")
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert float(done.stdout) <= 1e-6


def test_a_network_of_several_outputs_is_refused(tmp_path):
    class Two(nn.Module):
        def forward(self, x):
            return x, x + 1

    with pytest.raises(InputError, match="one input and one output"):
        export_program(imported(Two()), (1, 8, 8), "py", tmp_path / "net.py")
    assert list(tmp_path.iterdir()) == []
