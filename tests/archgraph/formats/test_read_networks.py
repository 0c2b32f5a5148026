"""Networks of torch and ONNX as architectures."""

from __future__ import annotations

import random
import sys
import textwrap

import pytest
import torch
from broken_inputs import COUNTS, cut_or_flip
from made_messages import field
from torch import nn
from torch.nn import functional as F

from archgraph import InputError
from archgraph.formats.traced.fx import _exported, from_module, load_module, read_fx
from archgraph.formats.traced.onnx import read_onnx
from archgraph.table.table import ArchTable

TRIED = ["resnet18", "mobilenet_v3_small", "vit_b_32"]


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


class Residual(nn.Module):
    """Two convolutions with a shortcut, and everything that must not become a node."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(12)
        self.depthwise = nn.Conv2d(12, 12, 5, padding=2, groups=12)
        self.drop = nn.Dropout()
        self.scale = nn.Parameter(torch.ones(12, 1, 1))
        self.head = nn.Linear(12, 10)

    def forward(self, x):
        x = F.relu(self.norm(self.conv(x)))
        y = self.drop(self.depthwise(x)) * self.scale
        y = x + y
        y = F.adaptive_avg_pool2d(y, 1)
        return self.head(y.view(y.size(0), -1))


@pytest.mark.parametrize("trace", [from_module, lambda module: _exported(module, (1, 3, 8, 8))])
def test_steps_become_operations_with_their_features(trace):
    graph, params = trace(Residual())
    assert graph.ops == (
        *("input", "conv3x3-s2-e4-bn-relu", "conv5x5-dw", "product", "sum", "globalavgpool"),
        *("other:reshape", "linear-e0.833", "output"),
    )
    assert graph.edges == [(0, 1), (1, 2), (1, 4), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8)]
    assert params == count(Residual())


def test_a_layer_that_two_read_keeps_its_activation_apart():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x):
            y = self.conv(x)
            return y.relu() + y

    assert from_module(Two())[0].ops == ("input", "conv1x1", "relu", "sum", "output")


def test_a_shared_layer_counts_once():
    layer = nn.Linear(4, 4)
    graph, params = from_module(nn.Sequential(layer, nn.ReLU(), layer))
    assert graph.ops == ("input", "linear-relu", "linear", "output")
    assert params == count(layer)


def test_a_network_whose_flow_depends_on_data_is_exported_or_refused():
    class Depends(nn.Module):
        def forward(self, x):
            return x if x.sum() > 0 else -x

    with pytest.raises(InputError, match=r"torch\.fx cannot trace"):
        from_module(Depends())

    class DependsOnShape(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 3, 1)

        def forward(self, x):
            return self.conv(x) if x.shape[1] == 3 else x

    assert from_module(DependsOnShape())[0].ops == ("input", "conv1x1", "output")


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


def node(operator: str, inputs: list[str], output: str, **attributes: list[int] | int) -> bytes:
    parts = [field(1, name) for name in inputs] + [field(2, output), field(4, operator)]
    for name, value in attributes.items():
        numbers = [field(8, v) for v in value] if isinstance(value, list) else [field(3, value)]
        parts.append(field(5, field(1, name) + b"".join(numbers)))
    return field(1, b"".join(parts))


def weight(name: str, *shape: int, kind: int = 1) -> bytes:
    return field(5, b"".join(field(1, n) for n in shape) + field(2, kind) + field(8, name))


def onnx_model() -> bytes:
    graph = [
        weight("w1", 12, 3, 3, 3),
        *(weight(name, 12) for name in ("scale", "shift", "mean", "var")),
        weight("w2", 12, 1, 5, 5),
        weight("w3", 10, 12),
        weight("size", 2, kind=7),
        field(11, field(1, "x")),
        node("Conv", ["x", "w1"], "a", strides=[2, 2], kernel_shape=[3, 3]),
        node("BatchNormalization", ["a", "scale", "shift", "mean", "var"], "b"),
        node("Relu", ["b"], "c"),
        node("Conv", ["c", "w2"], "d", group=12),
        node("Add", ["c", "d"], "e"),
        node("MaxPool", ["e"], "f", kernel_shape=[2, 2], strides=[2, 2]),
        node("GlobalAveragePool", ["f"], "g"),
        node("Shape", ["g"], "s"),
        node("Gather", ["s"], "t"),
        node("Reshape", ["g", "t"], "h"),
        node("Gemm", ["h", "w3"], "y", transB=1),
        field(12, field(1, "y")),
    ]
    return field(1, 8) + field(7, b"".join(graph))


def test_an_onnx_file_is_read_without_the_onnx_package(tmp_path):
    (tmp_path / "net.onnx").write_bytes(onnx_model())
    table = read_onnx(tmp_path / "net.onnx")
    assert table[0].ops == (
        *("input", "conv3x3-s2-e4-bn-relu", "conv5x5-dw", "sum", "maxpool2x2-s2", "globalavgpool"),
        *("other:reshape", "linear-e0.833", "output"),
    )
    assert table.metrics["params"].tolist() == [12 * 27 + 24 + 12 * 25 + 120]
    assert table.ids.tolist() == ["net"]


def test_an_onnx_file_that_torch_writes_is_read(tmp_path):
    pytest.importorskip("onnxscript", reason="torch writes ONNX through onnxscript, which is not installed")
    path = tmp_path / "net.onnx"
    torch.onnx.export(Residual().eval(), (torch.zeros(1, 3, 8, 8),), path, dynamo=True, external_data=False)
    assert [name.split("-")[0] for name in read_onnx(path)[0].ops] == [
        *("input", "conv3x3", "conv5x5", "product", "sum", "globalavgpool", "other:reshape", "linear", "output")
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no graph"),
        (field(7, 3), "no graph"),
        (field(7, b"\x08"), "cut short"),
        (field(7, node("Relu", ["x"], "y")), "before anything makes it"),
        (field(7, field(11, field(1, "x")) + field(12, field(1, "y"))), "nothing makes the output"),
        (field(7, field(11, field(1, "x"))), "no path"),
        (field(7, weight("w", 1 << 50)), "no possible shape"),
        (field(7, field(5, field(8, b"\xff"))), "no text"),
    ],
)
def test_a_broken_onnx_file_is_refused(tmp_path, data, reason):
    (tmp_path / "net.onnx").write_bytes(data)
    with pytest.raises(InputError, match=reason):
        read_onnx(tmp_path / "net.onnx")


@pytest.mark.parametrize("tries", COUNTS)
def test_damaged_onnx_files_are_refused_or_read(survives, tries):
    def read(path) -> ArchTable:
        return read_onnx(path)

    assert survives(read, cut_or_flip(onnx_model()), "net.onnx", tries) > tries / 5
