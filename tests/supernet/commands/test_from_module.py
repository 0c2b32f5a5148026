"""`archgraph space from-module`, and `export` of what is drawn from its space."""

from __future__ import annotations

import json

import torch
from typer.testing import CliRunner

from archgraph import ArchTable, spaces
from archgraph.cli.main import app
from supernet.imported.space import NetworkSpace


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)), catch_exceptions=False)


def test_a_network_becomes_a_space_whose_members_are_sampled_and_exported(tmp_path):
    file = tmp_path / "net.yaml"
    made = ("space", "from-module", "imported_networks:residual", "-o", file, "--shape", "1,1,8,8", "--quiet", "--json")
    done = run(*made)
    assert json.loads(done.stdout)["space"] == f"module:{file}"
    run("space", "sample", f"module:{file}", "-n", "2", "-o", tmp_path / "m.jsonl")
    table = ArchTable.read(tmp_path / "m.jsonl")
    run("export", tmp_path / "m.jsonl", "--id", table.ids[0], "--to", "pt2", "-o", tmp_path / "m.pt2")
    images = torch.randn(3, 1, 8, 8)
    network = NetworkSpace(spaces.get(f"module:{file}")).member(table[0]).network().eval()
    torch.testing.assert_close(
        torch.export.load(tmp_path / "m.pt2").module()(images), network(images), atol=1e-5, rtol=1e-5
    )
