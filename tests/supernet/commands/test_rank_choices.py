import dataclasses
import inspect
import json

import pytest
from typer.testing import CliRunner

import supernet.commands.supernet
from archgraph import ArchTable, InputError, spaces
from archgraph.cli.main import app
from supernet.hyper.recipe import CHOICES

SHORT = ["--rows", "1", "--width", "4", "--epochs", "2", "--warm-up", "1", "--train-size", "64", "--repeats", "1", "-q"]


def rank_choices(space, out, *options):
    arguments = ["supernet", "rank-choices", space, "-o", str(out), *SHORT, *options]
    return CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)


def test_the_edges_of_a_cell_are_ranked_and_the_best_cells_are_members(tmp_path):
    out = rank_choices("grammar:nasbench201", tmp_path / "out.parquet", "--json", "--paths", str(tmp_path / "b.jsonl"))
    metrics = ArchTable.read(tmp_path / "out.parquet").metrics
    assert list(metrics) == ["fade_row", "fade_level", "fade_rank", "fade_rank_std"]
    assert len(metrics) == 6 * 5
    best, table = json.loads(out.stdout), ArchTable.read(tmp_path / "b.jsonl")
    assert [entry["cells"] for entry in best] == [[name] for name in table.ids]
    cells = spaces.get("nasbench201")
    assert all(graph in cells for graph in table)


def test_the_command_trains_as_the_recipe_for_choices():
    options = inspect.signature(supernet.commands.supernet.rank_choices).parameters
    usual = dataclasses.asdict(CHOICES)
    settings = set(usual) & set(options)
    assert {"epochs", "warm_up", "batch_size", "learning_rate", "alpha_rate", "precision"} == settings
    assert {name: options[name].default for name in settings} == {name: usual[name] for name in settings}


def test_a_space_that_is_none_of_cells_is_one_clear_error(tmp_path):
    with pytest.raises(InputError, match="grammar:vision derives whole networks"):
        rank_choices("grammar:vision", tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []
