import pytest
import torch
from typer.testing import CliRunner

from archgraph import ArchTable, InputError, spaces
from archgraph.cli.main import app
from archgraph.networks.registry import blueprint
from supernet.network import Network
from supernet.standalone.weights import Build, save_weights


@pytest.fixture
def graphs(tmp_path):
    space = spaces.get("dag:1-3x2")
    natives = ["1:|2:0-1", "2:|1:"]
    table = ArchTable.from_graphs(map(space.from_native, natives), ids=natives, space=space.name)
    table.write(tmp_path / "graphs.jsonl")
    return table


def test_the_command_writes_a_network_with_its_weights(graphs, tmp_path):
    network = Network(blueprint(graphs[0], "dag", (1, 8, 8), 3, width=4), 7).eval()
    build = Build(graphs[0].canonical_hash(), "dag:1-3x2", (1, 8, 8), 3, {"width": 4})
    save_weights(tmp_path / "w.safetensors", network.state_dict(), build)
    arguments = ["export", str(tmp_path / "graphs.jsonl"), "--id", "1:|2:0-1", "--to", "pt2"]
    arguments += ["--weights", str(tmp_path / "w.safetensors"), "-o", str(tmp_path / "net.pt2")]
    assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0
    images = torch.randn(2, 1, 8, 8)
    torch.testing.assert_close(
        torch.export.load(tmp_path / "net.pt2").module()(images), network(images), atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--id", "nope"], "holds 0 architectures called 'nope'"),
        ([], "holds 3 architectures; name one"),
        (["--id", "1:|2:0-1"], "rows 0 and 2 are both called"),
        (["--id", "2:|1:", "--image", "8x8"], "written as 3x32x32"),
        (["--id", "2:|1:", "--image", "1x0x8"], "height is a whole number from 1, but got 0"),
        (["--id", "2:|1:", "--network", "width"], "written as in channels=8"),
        (["--id", "2:|1:", "--weights", "missing.safetensors"], "no file"),
    ],
)
def test_bad_arguments_are_one_clear_error(graphs, options, reason, tmp_path):
    ArchTable.concatenate([graphs, graphs[:1]]).write(tmp_path / "graphs.jsonl")
    arguments = ["export", str(tmp_path / "graphs.jsonl"), "--to", "py", "-o", str(tmp_path / "n.py"), *options]
    with pytest.raises(InputError, match=reason):
        CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
    assert not (tmp_path / "n.py").exists()
