import subprocess
import sys

import numpy as np
import pytest
import torch
from small_networks import SMALL
from typer.testing import CliRunner

from archgraph import ArchTable, InputError, spaces
from archgraph.cli.main import app
from archgraph.networks.macro_skeleton import hyper_of, network_of
from archgraph.networks.registry import blueprint
from supernet.export import export
from supernet.network import Network
from supernet.standalone.weights import Build, save_weights, weights_path


def trained(name, image=(3, 16, 16)):
    """A network whose norms have seen images, in evaluation mode."""
    graph = spaces.get(name).sample(1, np.random.default_rng(5))[0]
    network = Network(blueprint(graph, name, image, 5, **SMALL[name]), 0)
    network(torch.randn(8, *image))
    return network.eval()


RUN = """
import sys, torch
sys.path.insert(0, sys.argv[1])
import net
torch.save(net.load()(torch.load(sys.argv[1] + "/x.pt")), sys.argv[1] + "/y.pt")
print(sorted(name for name in sys.modules if name in ("archgraph", "supernet", "safetensors")))
"""


@pytest.mark.parametrize("name", SMALL)
def test_standalone_python_computes_the_same_without_archgraph(name, tmp_path):
    network = trained(name)
    files = export(network, "py", tmp_path / "net.py")
    assert [file.name for file in files] == ["net.py", "net.safetensors"]
    images = torch.randn(3, 3, 16, 16)
    scope = {"__name__": "net", "__file__": str(tmp_path / "net.py")}
    exec((tmp_path / "net.py").read_text(), scope)
    torch.testing.assert_close(scope["load"]()(images), network(images), atol=1e-5, rtol=1e-5)


def test_standalone_python_runs_in_a_process_of_its_own(tmp_path):
    network = trained("dag:1-5x3")
    export(network, "py", tmp_path / "net.py", 'odd """title""" \\')
    images = torch.randn(3, 3, 16, 16)
    torch.save(images, tmp_path / "x.pt")
    done = subprocess.run([sys.executable, "-I", "-c", RUN, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    torch.testing.assert_close(torch.load(tmp_path / "y.pt"), network(images), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["dag:1-5x3", pytest.param("nasbench201", marks=pytest.mark.slow)])
def test_exported_programs_compute_the_same_for_any_batch(name, tmp_path):
    network = trained(name)
    export(network, "pt2", tmp_path / "net.pt2")
    loaded = torch.export.load(tmp_path / "net.pt2").module()
    for batch in (1, 5):
        images = torch.randn(batch, 3, 16, 16)
        torch.testing.assert_close(loaded(images), network(images), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["dag:1-5x3", pytest.param("nasbench101", marks=pytest.mark.slow)])
def test_onnx_computes_the_same_for_any_batch(name, tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="needs the extra onnx and onnxruntime")
    pytest.importorskip("onnxscript", reason="needs the extra onnx")
    network = trained(name)
    export(network, "onnx", tmp_path / "net.onnx")
    session = runtime.InferenceSession(tmp_path / "net.onnx")
    for batch in (1, 5):
        images = torch.randn(batch, 3, 16, 16)
        found = session.run(None, {"images": images.numpy()})[0]
        torch.testing.assert_close(torch.from_numpy(found), network(images), atol=1e-5, rtol=1e-5)


def test_what_has_no_single_form_is_refused(cells, skeleton, tmp_path):
    hyper = Network(hyper_of(skeleton, [cells[:2], cells[:2]]), 0)
    with pytest.raises(InputError, match="choose one path"):
        export(hyper, "pt2", tmp_path / "net.pt2")
    with pytest.raises(InputError, match="exported to pt2, onnx, py"):
        export(hyper, "zip", tmp_path / "net.zip")


def test_a_python_file_does_not_take_the_place_of_its_weights(cells, skeleton, tmp_path):
    network = Network(network_of(skeleton, cells[:2]), 0)
    with pytest.raises(InputError, match="holds the weights"):
        export(network, "py", tmp_path / "net.safetensors")
    assert not list(tmp_path.iterdir())


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
