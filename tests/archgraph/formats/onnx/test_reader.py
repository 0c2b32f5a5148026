"""ONNX files as architectures."""

from __future__ import annotations

import pytest
import torch
from broken_inputs import COUNTS, cut_or_flip, peak_memory
from broken_onnx import damaged, models
from made_messages import field
from torch import nn
from torch.nn import functional as F

from archgraph import InputError
from archgraph.formats.onnx import messages
from archgraph.formats.onnx.reader import read_onnx
from archgraph.formats.traced import architecture
from archgraph.formats.traced.fx import trace_network
from archgraph.formats.traced.program import ExampleInput
from archgraph.table.table import ArchTable


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
        *("reshape", "linear-e0.833", "output"),
    )
    assert table.metrics["params"].tolist() == [12 * 27 + 24 + 12 * 25 + 120]
    assert table.ids.tolist() == ["net"]


def test_an_onnx_file_that_torch_writes_is_read(tmp_path):
    pytest.importorskip("onnxscript", reason="torch writes ONNX through onnxscript, which is not installed")
    path = tmp_path / "net.onnx"
    torch.onnx.export(Residual().eval(), (torch.zeros(1, 3, 8, 8),), path, dynamo=True, external_data=False)
    assert [name.split("-")[0] for name in read_onnx(path)[0].ops] == [
        *("input", "conv3x3", "conv5x5", "product", "sum", "globalavgpool", "reshape", "linear", "output")
    ]


class Attends(nn.Module):
    """One attention that is called twice, by itself and across, and one written out."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.norm, self.qkv, self.out = nn.LayerNorm(16), nn.Linear(16, 48), nn.Linear(16, 16)

    def forward(self, x):
        y = self.norm(x + self.attention(x, x, x, need_weights=False)[0])
        y = y + self.attention(x, y, y, need_weights=False)[0]
        q, k, v = self.qkv(y).unflatten(-1, (3, 2, 8)).permute(2, 0, 3, 1, 4)
        return self.out(nn.functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


@pytest.mark.parametrize("optimize", [False, True])
def test_a_call_of_multihead_attention_is_one_operation_as_in_its_module(tmp_path, optimize):
    pytest.importorskip("onnxscript", reason="torch writes ONNX through onnxscript, which is not installed")
    module, path = Attends().eval(), tmp_path / "net.onnx"
    example = torch.zeros(2, 5, 16)
    torch.onnx.export(module, (example,), path, dynamo=True, optimize=optimize, external_data=False)
    table = read_onnx(path)
    layers = [op for op in table[0].ops if op.startswith(("linear", "attention"))]
    ours = trace_network(module, [ExampleInput(tuple(example.shape))])
    assert layers == [op for op in ours.graph.ops if op.startswith(("linear", "attention"))]
    assert [op.split("-")[0] for op in layers] == ["attention", "attention", "linear", "attention", "linear"]
    if not optimize:  # the optimiser writes the weights of a module that is called twice in two forms
        assert table.metrics["params"].tolist() == [ours.params] == [sum(p.numel() for p in module.parameters())]


def test_files_of_one_name_get_the_folders_that_tell_them_apart(tmp_path):
    paths = [tmp_path / name for name in ("a/model.onnx", "b/model.onnx", "b/deep/model.onnx", "net.onnx")]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(onnx_model())
    assert read_onnx(*paths).ids.tolist() == ["a/model", "b/model", "deep/model", "net"]
    assert len(set(read_onnx(paths[0], paths[0]).ids)) == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no graph"),
        (field(7, 3), "no graph"),
        (field(7, b"\x08"), "cut short"),
        (b"start: cell\nrules: {cell: [conv_3x3]}\n", "not an ONNX model, or a damaged one"),
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


@pytest.mark.parametrize("tries", COUNTS)
def test_models_of_which_names_numbers_or_messages_are_wrong_are_refused_or_read(survives, tries):
    valid = models()
    assert survives(read_onnx, lambda rng: valid[0].SerializeToString(), "whole.onnx", 1) == 0
    assert survives(read_onnx, damaged(valid), "net.onnx", tries) > tries / 5


def call(operator: str, inputs: list[str], outputs: list[str], *attributes: tuple[str, bytes]) -> bytes:
    parts = [field(1, name) for name in inputs] + [field(2, name) for name in outputs] + [field(4, operator)]
    return field(1, b"".join([*parts, *(field(5, field(1, name) + value) for name, value in attributes)]))


def whole(*parts: bytes, functions: bytes = b"") -> bytes:
    """A file of one graph from x to y."""
    return field(7, field(11, field(1, "x")) + b"".join(parts) + field(12, field(1, "y"))) + functions


def loop_of_wide_nodes(share: int) -> bytes:
    inside = [call("Identity", ["c"], ["d"]), call("Split", ["h"], ["k"] * 10_000)]
    ends = [*(field(11, field(1, name)) for name in "ich"), *(field(12, field(1, name)) for name in "dk")]
    count = call("Constant", [], ["n"], ("value_int", field(3, 30_000)))
    return whole(count, call("Loop", ["n", "", "x"], ["y"], ("body", field(6, b"".join(inside + ends)))))


def chain_of_what_changes_nothing(share: int) -> bytes:
    many = [f"r{i}" for i in range(4000)]
    first = [*(call("Relu", ["x"], [name]) for name in many), call("Identity", many, ["i0"])]
    chain = (call("Identity", [f"i{i}", "x"], [f"i{i + 1}"]) for i in range(300 // share))
    return whole(*first, *chain, call("Relu", [f"i{300 // share}"], ["y"]))


def calls_of_a_wide_function(share: int) -> bytes:
    calls = [field(1, field(1, "x") + field(2, "y") + field(4, "F") + field(7, "local"))] * (60_000 // share)
    return whole(
        *calls, functions=field(25, field(1, "F") + field(10, "local") + field(4, "a") + field(5, "b") * 50_000)
    )


SMALL_FILES_OF_MUCH_WORK = {
    "fields": (lambda share: whole(field(1, b"") * ((1 << 20) // share)), "fields"),
    "nodes": (lambda share: whole(field(1, b"") * 70_000), "nodes"),
    "numbers": (lambda share: relus(5, ("axes", field(8, b"\x01" * (1_000_000 // share)))), "bytes in lists"),
    "floats": (lambda share: relus(5, ("scales", field(7, b"\x01" * (1_000_000 // share)))), "bytes in lists"),
    "texts": (lambda share: relus(7, ("text", field(4, b"a" * (5_000_000 // share)))), "bytes in names"),
    "dimensions": (lambda share: whole(field(5, field(1, b"\x01" * (1_000_000 // share)))), "no possible shape"),
    "connections": (chain_of_what_changes_nothing, "connections"),
    "calls": (calls_of_a_wide_function, "nothing in the function F makes"),
    "loops": (loop_of_wide_nodes, "opened"),
}


def relus(count: int, attribute: tuple[str, bytes]) -> bytes:
    return whole(*[call("Relu", ["x"], ["y"], attribute)] * count)


@pytest.mark.parametrize("share", [16, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("make", "reason"), SMALL_FILES_OF_MUCH_WORK.values(), ids=SMALL_FILES_OF_MUCH_WORK.keys())
def test_a_small_file_that_asks_for_much_is_refused(tmp_path, monkeypatch, make, reason, share):
    """At a share of the limits, and at the limits themselves."""
    limits = {"fields": "MAX_FIELDS", "bytes in lists": "MAX_LISTS", "bytes in names": "MAX_TEXTS"}
    if reason in limits:
        monkeypatch.setattr(messages, limits[reason], getattr(messages, limits[reason]) // share)
    monkeypatch.setattr(architecture, "MAX_EDGES", architecture.MAX_EDGES // share)
    before = peak_memory()
    (tmp_path / "net.onnx").write_bytes(make(share))
    with pytest.raises(InputError, match=reason):
        read_onnx(tmp_path / "net.onnx")
    assert peak_memory() - before < 1 << 30


def test_what_a_value_is_computed_from_stays_small(tmp_path):
    """Numbers that would be joined or spread to millions are not known, and what is reshaped by them has no shape."""
    ones = call("Constant", [], ["v"], ("value_ints", field(8, b"\x01" * 1000)))
    joined = call("Concat", ["v"] * 100_000, ["w"], ("axis", field(3, 0)))
    shapes = [
        call("Constant", [], [f"s{i}"], ("value_ints", b"".join(field(8, 1000 if i == j else 1) for j in range(3))))
        for i in range(3)
    ]
    parts = [call("Reshape", ["v", f"s{i}"], [f"v{i}"]) for i in range(3)]
    spread = call("Where", ["v0", "v1", "v2"], ["w"])
    for steps in ([ones, joined], [ones, *shapes, *parts, spread]):
        (tmp_path / "net.onnx").write_bytes(whole(*steps, call("Reshape", ["x", "w"], ["y"])))
        assert read_onnx(tmp_path / "net.onnx")[0].ops == ("input", "reshape", "output")
