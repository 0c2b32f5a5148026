import dataclasses
import inspect
import json
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

import supernet.commands.supernet
from archgraph import ArchGraph, ArchTable, InputError, spaces
from archgraph.cli.main import app, run
from archgraph.networks.macro_skeleton import hyper_of
from supernet.bank.bank import Bank
from supernet.hyper.recipe import RANKING, preset_of

CELLS = ("1:", "2:0-1", "3:0-1,0-2")


@pytest.fixture
def cells(tmp_path):
    table = ArchTable.from_graphs(map(spaces.get("dag").from_native, CELLS), ids=CELLS, space="dag:1-5")
    table.write(tmp_path / "cells.jsonl")
    return tmp_path / "cells.jsonl"


def rank(cells, out, *options):
    short = ["--rows", "2", "--width", "4", "--epochs", "2", "--warm-up", "1", "--train-size", "64", "--repeats", "2"]
    arguments = ["supernet", "rank", str(cells), "-o", str(out), *short, *options, "--quiet"]
    return CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)


def test_cells_get_their_ranks_and_the_best_paths_are_graphs(cells, tmp_path):
    out = rank(cells, tmp_path / "out.parquet", "--json", "--top", "4", "--paths", str(tmp_path / "best.jsonl"))
    metrics = ArchTable.read(tmp_path / "out.parquet").metrics
    assert list(metrics) == ["fade_row1", "fade_row2", "fade_row1_std", "fade_row2_std"]
    assert metrics.fade_row1.sum() == pytest.approx(1)
    best = json.loads(out.stdout)
    paths = ArchTable.read(tmp_path / "best.jsonl")
    assert list(paths.ids) == ["|".join(entry["cells"]) for entry in best]
    assert set(paths.space) == {"dag:1-5x2"}
    rows = spaces.get("dag:1-5x2")
    assert [rows.from_native(str(i)) == g for i, g in zip(paths.ids, paths, strict=True)] == [True] * 4
    assert (np.diff(paths.metrics.fade_log_rank) <= 0).all()
    assert not (tmp_path / "out.parquet.training").exists()


def test_the_command_trains_as_the_recipe_that_ranked_best():
    options = inspect.signature(supernet.commands.supernet.rank).parameters
    settings = {field.name for field in dataclasses.fields(RANKING)} & set(options)
    settings |= {"norm"}
    usual = dataclasses.asdict(RANKING) | {"norm": "cells"}
    assert {"epochs", "warm_up", "mixture", "concentration", "alpha_step", "alpha_rate"} <= settings
    assert {name: options[name].default for name in settings} == {name: usual[name] for name in settings}


def test_a_preset_is_of_all_settings_that_are_not_given(cells, tmp_path, monkeypatch):
    seen = []

    def stop(table, images, output, recipe, **settings):
        seen.append((recipe, settings["norm"]))
        raise InputError("seen")

    monkeypatch.setattr("supernet.ranking.rank.rank_cells", stop)
    for options in ([], ["--norm", "cells", "--alpha-start", "zero"]):
        with pytest.raises(InputError, match="seen"):
            rank(cells, tmp_path / "out.jsonl", "--preset", "authors", *options)
    authors = preset_of("authors")
    given = dataclasses.replace(authors.recipe, epochs=2, warm_up=1)  # those of every test here
    assert seen == [(given, "sums"), (dataclasses.replace(given, alpha_start="zero"), "cells")]
    with pytest.raises(InputError, match="preset is one of archgraph, authors"):
        rank(cells, tmp_path / "out.jsonl", "--preset", "ours")


def test_the_authors_training_ranks(cells, tmp_path):
    rank(cells, tmp_path / "out.jsonl", "--preset", "authors")
    metrics = ArchTable.read(tmp_path / "out.jsonl").metrics
    assert metrics.fade_row2.sum() == pytest.approx(1)
    assert metrics.fade_row2.nunique() == 3


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--order", "third"], "order is one of first, second, single-level"),
        (["--aggregate", "median"], "aggregate is one of product, mean, minimum"),
        (["--dataset", "imagenet"], "choose from digits"),
        (["--optimizer", "lion"], "optimizer is one of adam, adamw, sgd, but got .lion."),
    ],
)
def test_bad_options_are_one_clear_error(cells, tmp_path, options, reason):
    with pytest.raises(InputError, match=reason):
        rank(cells, tmp_path / "out.jsonl", *options)


def test_what_cannot_be_ranked_leaves_nothing(cells, tmp_path):
    rows = spaces.get("dag:1-3x2")
    ArchTable.from_graphs([rows.from_native("1:|2:0-1")], ids=["whole"], space=rows.name).write(tmp_path / "rows.jsonl")
    odd = ArchGraph(["input", "matmul", "output"], [(0, 1), (1, 2)])
    ArchTable.from_graphs([odd], space="mine").write(tmp_path / "odd.jsonl")
    before = sorted(tmp_path.iterdir())
    for graphs, options, message in (
        (tmp_path / "rows.jsonl", (), "graph whole has rows of its own"),
        (tmp_path / "odd.jsonl", (), "matmul cannot be compiled"),
        (cells, ("--warm-up", "2"), "2 epochs of it and 2 in all"),
        (cells, ("--train-size", "99999"), "--train-size is at most 1077 with digits, but got 99999"),
    ):
        with pytest.raises(InputError, match=message):
            rank(graphs, tmp_path / "out.jsonl", *options)
    assert sorted(tmp_path.iterdir()) == before


def test_the_hyper_architecture_is_compiled_once_and_drawn_into_one_bank(cells, tmp_path, monkeypatch):
    compiled, banks = count(monkeypatch, hyper_of), count(monkeypatch, Bank)
    rank(cells, tmp_path / "out.jsonl", "--repeats", "4")
    assert len(compiled) == 1
    assert [len(seeds) for _, seeds, *_ in banks] == [4]


def count(monkeypatch, original):
    """The arguments of each call from now on, under whatever name a module knows the function or class."""
    calls = []

    def counted(*arguments, **settings):
        calls.append(arguments)
        return original(*arguments, **settings)

    for module in [module for name, module in sys.modules.items() if name.startswith(("archgraph", "supernet"))]:
        for name in [name for name, value in vars(module).items() if value is original]:
            monkeypatch.setattr(module, name, counted)
    return calls


def test_a_training_that_diverges_is_one_line_and_exit_1(cells, tmp_path, capsys):
    arguments = ["--rows", "2", "--width", "4", "--train-size", "64", "--learning-rate", "1e30", "--quiet"]
    with pytest.raises(SystemExit) as stopped:
        run(["supernet", "rank", str(cells), "-o", str(tmp_path / "out.parquet"), *arguments])
    assert stopped.value.code == 1
    error = capsys.readouterr().err
    assert "the training of the hyper-architecture diverged in epoch" in error
    assert len(error.splitlines()) <= 2  # the first says what was read
    assert not (tmp_path / "out.parquet").exists()
