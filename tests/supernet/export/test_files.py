import subprocess
import sys

import numpy as np
import pytest
import torch
from small_networks import SMALL

from archgraph import InputError, spaces
from archgraph.networks.macro_skeleton import hyper_of, network_of
from archgraph.networks.registry import blueprint
from supernet.export.files import export_network
from supernet.network import Network


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
    files = export_network(network, "py", tmp_path / "net.py")
    assert [file.name for file in files] == ["net.py", "net.safetensors"]
    images = torch.randn(3, 3, 16, 16)
    scope = {"__name__": "net", "__file__": str(tmp_path / "net.py")}
    exec((tmp_path / "net.py").read_text(), scope)
    torch.testing.assert_close(scope["load"]()(images), network(images), atol=1e-5, rtol=1e-5)


def test_standalone_python_runs_in_a_process_of_its_own(tmp_path):
    network = trained("dag:1-5x3")
    export_network(network, "py", tmp_path / "net.py", 'odd """title""" \\')
    images = torch.randn(3, 3, 16, 16)
    torch.save(images, tmp_path / "x.pt")
    done = subprocess.run([sys.executable, "-I", "-c", RUN, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    torch.testing.assert_close(torch.load(tmp_path / "y.pt"), network(images), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["dag:1-5x3", pytest.param("nasbench201", marks=pytest.mark.slow)])
def test_exported_programs_compute_the_same_for_any_batch(name, tmp_path):
    network = trained(name)
    export_network(network, "pt2", tmp_path / "net.pt2")
    loaded = torch.export.load(tmp_path / "net.pt2").module()
    for batch in (1, 5):
        images = torch.randn(batch, 3, 16, 16)
        torch.testing.assert_close(loaded(images), network(images), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ["dag:1-5x3", pytest.param("nasbench101", marks=pytest.mark.slow)])
def test_onnx_computes_the_same_for_any_batch(name, tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="needs the extra onnx and onnxruntime")
    pytest.importorskip("onnxscript", reason="needs the extra onnx")
    network = trained(name)
    export_network(network, "onnx", tmp_path / "net.onnx")
    session = runtime.InferenceSession(tmp_path / "net.onnx")
    for batch in (1, 5):
        images = torch.randn(batch, 3, 16, 16)
        found = session.run(None, {"images": images.numpy()})[0]
        torch.testing.assert_close(torch.from_numpy(found), network(images), atol=1e-5, rtol=1e-5)


def test_what_has_no_single_form_is_refused(cells, skeleton, tmp_path):
    hyper = Network(hyper_of(skeleton, [cells[:2], cells[:2]]), 0)
    with pytest.raises(InputError, match="choose one path"):
        export_network(hyper, "pt2", tmp_path / "net.pt2")
    with pytest.raises(InputError, match="exported to pt2 or onnx or py"):
        export_network(hyper, "zip", tmp_path / "net.zip")


def test_a_python_file_does_not_take_the_place_of_its_weights(cells, skeleton, tmp_path):
    network = Network(network_of(skeleton, cells[:2]), 0)
    with pytest.raises(InputError, match="holds the weights"):
        export_network(network, "py", tmp_path / "net.safetensors")
    assert not list(tmp_path.iterdir())
