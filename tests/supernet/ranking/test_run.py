import builtins
import dataclasses
import inspect
import json
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

import supernet.commands.supernet
from archgraph import ArchGraph, ArchTable, InputError, spaces
from archgraph.cli.main import app
from archgraph.networks.macro_skeleton import hyper_of
from supernet.bank.bank import Bank
from supernet.hyper.recipe import RANKING

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


def test_a_stopped_run_ends_with_the_same_file(cells, tmp_path, monkeypatch):
    rank(cells, tmp_path / "whole.jsonl", "--repeats", "5")
    import supernet.ranking.run

    write, calls = supernet.ranking.run.write_text, []

    def interrupted(path, text):
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt
        write(path, text)

    monkeypatch.setattr(supernet.ranking.run, "write_text", interrupted)
    rank(cells, tmp_path / "out.jsonl", "--repeats", "5")
    folder = tmp_path / "out.jsonl.training"
    assert (folder / "repeats-0-3.json").is_file()  # four side by side
    assert (folder / "repeats-4-4.safetensors").is_file()
    monkeypatch.undo()
    with pytest.raises(InputError, match="other settings"):
        rank(cells, tmp_path / "out.jsonl", "--mixture", "softmax")
    rank(cells, tmp_path / "out.jsonl", "--repeats", "5")
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_the_command_trains_as_the_recipe_that_ranked_best():
    options = inspect.signature(supernet.commands.supernet.rank).parameters
    settings = {field.name for field in dataclasses.fields(RANKING)} & set(options)
    assert {"epochs", "warm_up", "mixture", "concentration", "alpha_step", "alpha_rate"} <= settings
    assert {name: options[name].default for name in settings} == {name: getattr(RANKING, name) for name in settings}


def test_tensorboard_gets_the_architecture_parameters(cells, tmp_path):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard")
    rank(cells, tmp_path / "out.jsonl", "--tensorboard", str(tmp_path / "log"))
    for repeat in range(2):
        events = reader.EventAccumulator(str(tmp_path / "log" / f"repeat-{repeat}"))
        events.Reload()
        assert {f"row1/{name}" for name in CELLS} | {"loss", "entropy/row2"} <= set(events.Tags()["scalars"])
        assert [event.step for event in events.Scalars("row1/1:")] == [1, 2]


def test_a_missing_tensorboard_is_said(cells, tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith(("tensorboard", "torch.utils.tensorboard")):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'archgraph\[tensorboard\]'"):
        rank(cells, tmp_path / "out.jsonl", "--tensorboard", str(tmp_path / "log"))


@pytest.fixture
def macro_members(tmp_path):
    members = ("00000000", "11111111", "22222222")
    table = ArchTable.from_graphs(map(spaces.get("macro").from_native, members), ids=members, space="macro")
    table.write(tmp_path / "macro.jsonl")
    return tmp_path / "macro.jsonl"


def test_three_members_of_macro_rank_all_6561(macro_members, tmp_path):
    short = ["--width", "4", "--epochs", "1", "--warm-up", "0", "--train-size", "64", "--repeats", "1", "--quiet"]
    arguments = ["supernet", "rank", str(macro_members), "-o", str(tmp_path / "out.jsonl"), *short]
    best = ["--top", "3", "--paths", str(tmp_path / "best.jsonl")]
    CliRunner().invoke(app, [*arguments, *best], catch_exceptions=False, standalone_mode=False)
    metrics = ArchTable.read(tmp_path / "out.jsonl").metrics
    ranks = metrics[[f"fade_row{i + 1}" for i in range(8)]]
    assert np.allclose(ranks.sum(), 1)
    found = ArchTable.read(tmp_path / "best.jsonl")
    space = spaces.get("macro")
    for name, graph in zip(found.ids, found, strict=True):
        digits = [part[row] for row, part in enumerate(name.split("|"))]
        assert space.to_native(graph) == "".join(digits)
    assert found.ids[0] == "|".join(str(ranks[name].argmax()) * 8 for name in ranks)


@pytest.mark.parametrize(("options", "reason"), [(["--rows", "3"], "have 8 rows, but got 3"), ([], "the same layer")])
def test_macro_has_its_own_rows(macro_members, tmp_path, options, reason):
    if not options:
        with macro_members.open("a") as file:
            file.write(macro_members.read_text().splitlines()[0].replace("00000000", "again") + "\n")
    arguments = ["supernet", "rank", str(macro_members), "-o", str(tmp_path / "out.jsonl"), *options, "--quiet"]
    with pytest.raises(InputError, match=reason):
        CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)


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


def test_train_and_score_add_their_columns(cells, tmp_path):
    out = tmp_path / "trained.parquet"
    common = ["--network", "width=4", "--quiet"]
    arguments = ["supernet", "train", str(cells), "-o", str(out), "--epochs", "1", "--train-size", "64", *common]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == list(CELLS)
    assert {"val_acc", "test_loss", "seconds", "params"} <= set(ArchTable.read(out).metrics)
    assert not (tmp_path / "trained.parquet.journal").exists()
    scored = tmp_path / "scored.parquet"
    arguments = ["supernet", "score", str(out), "-o", str(scored), "--batch-size", "8", *common]
    CliRunner().invoke(app, arguments, catch_exceptions=False, standalone_mode=False)
    assert {"val_acc", "naswot", "propagation_rank1"} <= set(ArchTable.read(scored).metrics)


def test_what_cannot_be_ranked_leaves_nothing(cells, tmp_path):
    rows = spaces.get("dag:1-3x2")
    ArchTable.from_graphs([rows.from_native("1:|2:0-1")], ids=["whole"], space=rows.name).write(tmp_path / "rows.jsonl")
    odd = ArchGraph(["input", "attention", "output"], [(0, 1), (1, 2)])
    ArchTable.from_graphs([odd], space="mine").write(tmp_path / "odd.jsonl")
    before = sorted(tmp_path.iterdir())
    for graphs, options, message in (
        (tmp_path / "rows.jsonl", (), "graph whole has rows of its own"),
        (tmp_path / "odd.jsonl", (), "attention cannot be compiled"),
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
