"""torch-geometric is loaded without what graphs do not use, and all of it is there when it is asked for."""

import subprocess
import sys

import pytest


def printed(code: str) -> str:
    """What a fresh process prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_a_graph_loads_neither_the_layers_nor_the_compiler() -> None:
    loaded = printed("import sys; from archgraph import ArchGraph; print(*sys.modules)").split()
    assert {"torch", "torch_geometric.data"} <= set(loaded)
    assert not {"torch_geometric.nn", "torch_geometric.datasets", "torch._dynamo", "networkx", "pandas"} & set(loaded)


@pytest.mark.parametrize(
    "use",
    [
        "import torch_geometric; print(torch_geometric.nn.GCNConv.__name__)",
        "import torch_geometric.nn.conv; print(torch_geometric.nn.conv.GCNConv.__name__)",
        "from torch_geometric.nn import GCNConv; print(GCNConv.__name__)",
        "import torch_geometric, torch; net = torch.nn.Linear(1, 1);"
        "print('GCNConv' if torch_geometric.is_torch_instance(net, torch.nn.Linear) else '')",
        "import torch; torch._dynamo.OptimizedModule; from torch_geometric import transforms; print('GCNConv')",
    ],
)
def test_the_rest_is_there_when_it_is_asked_for(use: str) -> None:
    assert printed(f"from archgraph import ArchGraph; {use}").split() == ["GCNConv"]


def test_what_is_no_part_of_it_is_no_attribute() -> None:
    code = "from archgraph import ArchGraph; import torch_geometric; print(hasattr(torch_geometric, 'nothing'))"
    assert printed(code).split() == ["False"]


def test_a_program_that_has_all_of_it_keeps_it() -> None:
    code = (
        "import torch_geometric; nn = torch_geometric.nn; from archgraph import ArchGraph;"
        "print(nn is torch_geometric.nn, '__getattr__' in vars(torch_geometric))"
    )
    assert printed(code).split() == ["True", "False"]


def test_loading_it_changes_no_warning_filter() -> None:
    code = (  # torch has filters of its own
        "import warnings, torch; before = list(warnings.filters); import archgraph.graph;"
        "print(before == warnings.filters)"
    )
    assert printed(code).split() == ["True"]
