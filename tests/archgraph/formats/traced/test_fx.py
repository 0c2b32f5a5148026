"""Networks of torch and ONNX as architectures."""

from __future__ import annotations

import inspect
import random
import sys
import textwrap

import pytest
from broken_inputs import COUNTS
from torch import nn

from archgraph import InputError
from archgraph.formats.traced.fx import from_module, load_module, read_fx, trace_network

TRIED = ["resnet18", "mobilenet_v3_small"]


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_a_network_whose_flow_depends_on_data_is_refused_and_one_that_depends_on_shapes_is_read():
    class Depends(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    with pytest.raises(InputError, match="depends on the data"):
        from_module(Depends())

    class DependsOnShape(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return self.conv(x) if x.shape[1] == 3 else x

    assert from_module(DependsOnShape())[0].ops == ("input", "conv1x1", "output")


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv2d(1, 4, 3), "1,1,224,224:float32"),
        (nn.Conv1d(3, 4, 3), "1,3,256:float32"),
        (nn.Conv3d(3, 4, 3), "1,3,16,112,112:float32"),
        (nn.Linear(7, 4), "1,7:float32"),
        (nn.Conv2d(3, 4, 3).half(), "1,3,224,224:float16"),
        (nn.Embedding(7, 4), "1,16:int64"),
    ],
    ids=lambda part: part if isinstance(part, str) else type(part).__name__,
)
def test_without_a_shape_the_input_is_what_the_first_layer_takes(layer, shape):
    assert [str(example) for example in trace_network(layer).program.inputs] == [shape]


def test_a_parameter_that_does_not_reach_the_output_is_an_error():
    class Unused(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 8, 3), nn.Conv2d(3, 8, 3)

        def forward(self, x):
            self.b(x)
            return self.a(x)

    with pytest.raises(InputError, match=r"2 of its parameters \(224 numbers\) do not reach .* the first is b\.weight"):
        from_module(Unused())


def with_a_backbone() -> list[str]:
    from torchvision import models

    return [
        name
        for name in models.list_models()
        if "weights_backbone" in inspect.signature(models.get_model_builder(name)).parameters
    ]


def test_no_network_of_torchvision_downloads_anything(monkeypatch):
    def no_net(*_, **__):
        raise AssertionError("a download")

    monkeypatch.setattr("urllib.request.urlopen", no_net)
    monkeypatch.setattr("socket.socket.connect", no_net)
    names = with_a_backbone()
    assert len(names) >= 18
    for name in (*names[::6], "googlenet", "inception_v3", "ssdlite320_mobilenet_v3_large"):
        assert {p.device.type for p in load_module(f"torchvision:{name}").parameters()} == {"meta"}


@pytest.mark.parametrize("name", TRIED)
def test_a_network_of_torchvision_has_its_parameter_count(name):
    table = read_fx(f"torchvision:{name}")
    module = load_module(f"torchvision:{name}")
    assert table.metrics["params"].tolist() == [count(module)]
    assert table.ids.tolist() == [f"torchvision:{name}"]


@pytest.mark.slow
def test_all_classification_networks_of_torchvision_have_their_parameter_counts():
    from torchvision import models

    names = models.list_models(module=models)
    assert len(names) >= 40
    for name in names:
        module = load_module(f"torchvision:{name}")
        assert from_module(module)[1] == count(module), name


@pytest.mark.slow
def test_an_imported_network_is_read_by_a_process_that_never_imported_it(tmp_path):
    import subprocess

    read_fx("torchvision:resnet18").write(tmp_path / "n.parquet")
    code = f"from archgraph.table.table import ArchTable; print(ArchTable.read({str(tmp_path / 'n.parquet')!r})[0])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "conv7x7-s2-e21.3-bn-relu" in done.stdout


def test_a_factory_of_a_package_is_called(tmp_path, monkeypatch):
    (tmp_path / "made_here.py").write_text(
        textwrap.dedent("""
        from torch import nn
        def net(): return nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
        ready = net()
        def broken(): raise ValueError("no weights")
        number = 3
        """)
    )
    monkeypatch.syspath_prepend(tmp_path)
    table = read_fx("made_here:net", "made_here:ready")
    assert table[0].ops == table[1].ops == ("input", "conv3x3-e2.67-relu", "output")
    for source, reason in (
        ("made_here:broken", "no weights"),
        ("made_here:absent", "AttributeError"),
        ("made_here:number", "TypeError"),
        ("absent_package:net", "ModuleNotFoundError"),
        ("torchvision:resnet19", "no model 'resnet19'"),
        ("resnet18", "is named"),
        ("a b:c", "is named"),
    ):
        with pytest.raises(InputError, match=reason):
            read_fx(source)


@pytest.mark.parametrize("tries", COUNTS)
def test_sources_that_name_nothing_are_refused(tries):
    rng = random.Random(0)
    for _ in range(tries):
        source = "".join(rng.choice("torchvision:re.s/ né0\n_") for _ in range(rng.randrange(30)))
        with pytest.raises(InputError):
            read_fx(source)
