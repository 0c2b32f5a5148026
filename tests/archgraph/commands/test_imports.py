"""`archgraph import` and `archgraph info`: exit codes, one clear line, nothing half-written."""

from __future__ import annotations

import json

import pytest

from archgraph.table.table import ArchTable

CODES = "code,acc\n02012100,89.4\n11111221,92.3\n02012100,89.4\n"


@pytest.fixture
def codes(tmp_path):
    (tmp_path / "codes.csv").write_text(CODES)
    return tmp_path / "codes.csv"


def test_without_an_output_the_graphs_go_to_stdout(archgraph, codes):
    code, out, err = archgraph("import", "table", codes, "--space", "macro", "--native", "code")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["02012100", "11111221", "02012100"]
    assert (code, err.strip()) == (0, "3 graphs, 1 metrics")


def test_several_sources_make_one_file(archgraph, tmp_path):
    record = {"test_acc": [90.0], "params": 1}
    for name, arch in (("a", "02012100"), ("b", "11111221")):
        (tmp_path / f"{name}.json").write_text(json.dumps({arch: record}))
    assert archgraph("import", "macro", tmp_path / "a.json", tmp_path / "b.json", "-o", tmp_path / "o.jsonl")[0] == 0
    assert ArchTable.read(tmp_path / "o.jsonl").ids.tolist() == ["02012100", "11111221"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("table", "codes.csv", "--space", "macro"), "needs --native"),
        (("table", "codes.csv", "--space", "macro", "--native", "acc"), "row 0"),
        (("table", "codes.csv", "--space", "nowhere", "--native", "code"), "unknown space"),
        (("table", "absent.csv", "--space", "macro", "--native", "code"), "no file"),
        (("macro", "codes.csv"), "not valid JSON"),
        (("csv", "codes.csv", "--space", "macro"), "unknown format 'csv'; choose from"),
        (("macro", "codes.csv", "--space", "macro"), "belong to"),
        (("nasbench101", "codes.csv"), "is no TFRecord file"),
        (("nasbench201", "codes.csv"), "pickle"),
        (("transnas", "absent.pth"), "no file"),
        (("darts", "codes.csv"), "codes.csv"),
        (("fx", "resnet18"), "is named"),
        (("fx", "torchvision:resnet18", "--shape", "big"), "--shape"),
        (("onnx", "codes.csv"), "codes.csv"),
        (("networkx", "codes.csv"), "GraphML"),
        (("papyrus", "codes.csv"), "choose from nasbench101"),
    ],
)
def test_bad_input_is_one_line_and_leaves_no_file(archgraph, codes, tmp_path, monkeypatch, arguments, reason):
    monkeypatch.chdir(tmp_path)
    code, out, err = archgraph("import", *arguments, "-o", "out.parquet")
    assert code == 2
    assert out == ""
    assert reason in err
    assert len(err.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["codes.csv"]


def test_a_wrong_output_is_refused_before_the_work(archgraph, codes):
    code, _, err = archgraph("import", "macro", codes, "-o", "out.csv")
    assert code == 2
    assert ".jsonl or .parquet" in err


def test_importing_a_table_loads_no_torch(torch_after, codes, tmp_path):
    out = str(tmp_path / "x.parquet")
    assert not torch_after("import", "table", str(codes), "--space", "macro", "--native", "code", "-o", out)


MODULES = """
import torch
from torch import nn

class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(10, 4), nn.Linear(4, 3)
    def forward(self, tokens, weights):
        return self.head(self.table(tokens) * weights)

class Depends(nn.Module):
    def forward(self, x):
        print("loud")
        return x.relu() if x.sum() > 0 else x

class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 3), nn.Linear(4, 3)
    def forward(self, x):
        return self.a(x)
"""


@pytest.fixture
def modules(tmp_path, monkeypatch):
    (tmp_path / "my_modules.py").write_text(MODULES)
    monkeypatch.syspath_prepend(tmp_path)


def test_a_module_has_a_shape_and_a_kind_for_each_input(archgraph, modules, tmp_path):
    shapes = ("--shape", "1,7:int64", "--shape", "1,7,1")
    code, _, err = archgraph("import", "fx", "my_modules:Tokens", *shapes, "-o", tmp_path / "t.jsonl", "-q")
    assert (code, err) == (0, "")
    table = ArchTable.read(tmp_path / "t.jsonl")
    assert table[0].ops == ("input", "embedding", "product", "linear-e0.75", "output")
    assert table.meta == [{"inputs": ["1,7:int64", "1,7,1:float32"]}]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("Depends", "depends on the data at my_modules.py:15: return x.relu() if x.sum() > 0"),
        ("Unused", "2 of its parameters (15 numbers) do not reach its output"),
    ],
)
@pytest.mark.parametrize("quiet", [(), ("-q",)], ids=["loud", "quiet"])
def test_a_module_that_cannot_be_read_is_refused_in_one_line(archgraph, modules, tmp_path, source, reason, quiet):
    code, out, err = archgraph(
        "import", "fx", f"my_modules:{source}", "--shape", "1,4", "-o", tmp_path / "x.jsonl", *quiet
    )
    assert (code, out) == (2, "")
    assert reason in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "x.jsonl").exists()
