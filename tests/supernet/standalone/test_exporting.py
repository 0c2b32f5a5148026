import pytest
import torch
from typer.testing import CliRunner

from archgraph import ArchTable, InputError, spaces
from archgraph.cli.main import app
from archgraph.networks.registry import blueprint
from supernet.network import Network
from supernet.standalone.weights import Build, save_weights, weights_path


@pytest.fixture
def graphs(tmp_path):
    space = spaces.get("dag:1-3x2")
    natives = ["1:|2:0-1", "2:|1:"]
    table = ArchTable.from_graphs(map(space.from_native, natives), ids=natives, space=space.name)
    table.write(tmp_path / "graphs.jsonl")
    return table


def test_a_module_says_whether_its_weights_were_trained(graphs, tmp_path):
    network = Network(blueprint(graphs[0], "dag", (1, 8, 8), 3, width=4), 7)
    build = Build(graphs[0].canonical_hash(), "dag", (1, 8, 8), 3, {"width": 4})
    kept = weights_path(tmp_path / "weights", "1:|2:0-1")
    kept.parent.mkdir()
    save_weights(kept, network.state_dict(), build)
    arguments = ["export", str(tmp_path / "graphs.jsonl"), "--id", "1:|2:0-1", "--to", "py", "-o"]
    for name, place in (("drawn", None), ("file", kept), ("folder", kept.parent)):
        options = ["--weights", str(place)] if place else []
        CliRunner().invoke(app, [*arguments, str(tmp_path / f"{name}.py"), *options], catch_exceptions=False)
    assert "written by archgraph with random weights." in (tmp_path / "drawn.py").read_text()
    assert "random" not in (tmp_path / "file.py").read_text()
    assert (tmp_path / "folder.safetensors").read_bytes() == (tmp_path / "file.safetensors").read_bytes()


def test_weights_of_another_architecture_are_refused(graphs, tmp_path):
    build = Build(graphs[1].canonical_hash(), "dag:1-3x2", (1, 8, 8), 3, {"width": 4})
    save_weights(tmp_path / "w.safetensors", {"a": torch.zeros(1)}, build)
    arguments = ["export", str(tmp_path / "graphs.jsonl"), "--id", "1:|2:0-1", "--to", "py"]
    arguments += ["--weights", str(tmp_path / "w.safetensors"), "-o", str(tmp_path / "net.py")]
    with pytest.raises(InputError, match="weights of another architecture"):
        CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
