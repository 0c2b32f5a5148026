"""The command line as its user meets it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from archgraph import ArchTable, spaces
from archgraph.cli.main import run

COMMANDS = [
    [],
    ["info"],
    ["draw"],
    ["encode"],
    ["generate"],
    ["search"],
    ["demo"],
    ["import"],
    ["space"],
    ["space", "list"],
    ["space", "enumerate"],
    ["space", "sample"],
    ["space", "neighbors"],
    ["encoder", "train"],
    ["encoder", "evaluate"],
    ["encoder", "draw"],
    ["supernet", "rank"],
]


@pytest.fixture
def cells(tmp_path):
    path = tmp_path / "cells.jsonl"
    with pytest.raises(SystemExit):
        run(["space", "enumerate", "dag:1-3", "-o", str(path)])
    return path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(archgraph, command):
    code, out, err = archgraph(*command, "--help")
    assert code == 0
    assert " ".join(command) in out.splitlines()[0]
    assert not err


def test_the_version_is_printed(archgraph):
    assert archgraph("--version")[1].startswith("archgraph 0.")


@pytest.mark.parametrize("name", ["nasbench101", "darts"])
def test_a_file_is_read_by_a_process_that_has_loaded_no_space(tmp_path, name):
    table = ArchTable.from_graphs(spaces.get(name).sample(3, np.random.default_rng(0)))
    table.write(tmp_path / "t.parquet")
    code = "import sys; from archgraph.table.table import ArchTable; print(ArchTable.read(sys.argv[1]).hashes())"
    command = [sys.executable, "-c", code, str(tmp_path / "t.parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"{table.hashes()}\n"


BAD = {
    "an unknown space": (["space", "enumerate", "nope"], "unknown space 'nope'; choose from dag"),
    "a space too large to list": (["space", "enumerate", "dag:9"], "too large to enumerate"),
    "a missing file": (["info", "missing.jsonl"], "no file missing.jsonl"),
    "a file of another kind": (["info", "cells.csv"], "ends in .jsonl or .parquet"),
    "a missing output folder": (["space", "enumerate", "dag:3", "-o", "no/x.jsonl"], "cannot write no/x.jsonl"),
    "an unknown command": (["fly"], "No such command 'fly'"),
    "a journal that is something else": (
        ["search", "random", "--trials", "1", "--objective", "train:digits", "--storage", "journal:file"],
        "it is no journal of studies",
    ),
    "a journal that is a folder": (
        ["search", "random", "--trials", "1", "--objective", "train:digits", "--storage", "journal:."],
        "it is a folder",
    ),
    "an unknown option": (["demo", "--fast"], "No such option: --fast"),
    "a number out of range": (["space", "sample", "dag", "-n", "0"], "value for '-n'"),
    "a folder that is no encoder": (["generate", "--encoder", "."], "is no encoder"),
    "an unknown data set": (["search", "random", "--trials", "1", "--objective", "train:nope"], "unknown data set"),
    "an unknown objective": (["search", "random", "--trials", "1", "--objective", "magic"], "train:DATA"),
    "fade without an encoder": (["search", "fade", "--trials", "1"], "fade needs --encoder"),
    "neither graphs nor a space": (["encoder", "train", "-o", "enc"], "files of graphs, --space SPACE, or both"),
    "an unknown device": (["encoder", "train", "-o", "e", "--space", "dag:3", "--device", "tpu"], "auto, cpu or cuda"),
    "a demo's place that is a file": (["demo", "-o", "file"], "it is a file"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gives_one_clear_line_exit_code_2_and_leaves_nothing(archgraph, case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("no line, and no end of one")
    arguments, reason = BAD[case]
    code, out, err = archgraph(*arguments)
    assert code == 2
    assert reason in err
    assert err.count("\n") == 1
    assert not out
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "no line, and no end of one"


@pytest.mark.parametrize("group", [[], ["space"], ["delta"]], ids=" ".join)
def test_a_group_alone_shows_its_help(archgraph, group):
    code, out, err = archgraph(*group)
    assert (code, out) == (2, "")
    assert err.startswith("Usage:")
    assert "\nCommands:\n" in err


def test_ranks_are_written_beside_the_cells_and_the_best_paths_printed(archgraph, cells, tmp_path):
    code, out, _ = archgraph(
        *("supernet", "rank", cells, "-o", tmp_path / "ranks.jsonl", "--rows", 2, "--width", 4),
        *("--repeats", 1, "--top", 3, "--quiet", "--json"),
    )
    assert code == 0
    best = json.loads(out)
    assert len(best) == 3
    assert best[0]["log_rank"] >= best[1]["log_rank"] >= best[2]["log_rank"]
    ranks = ArchTable.read(tmp_path / "ranks.jsonl").metrics
    assert ranks[["fade_row1", "fade_row2"]].sum().tolist() == pytest.approx([1, 1])


def test_a_search_is_resumed_by_the_same_command(archgraph, tmp_path):
    command = ["search", "random", "--space", "dag:1-2", "--rows", 2, "--width", 4, "--quiet", "--json"]
    storage = f"sqlite:///{tmp_path / 's.db'}"
    first = json.loads(archgraph(*command, "--storage", storage, "--trials", 1)[1])
    more = json.loads(archgraph(*command, "--storage", storage, "--trials", 2)[1])
    whole = json.loads(archgraph(*command, "--storage", f"sqlite:///{tmp_path / 'w.db'}", "--trials", 2)[1])
    assert first["trials"] == 1
    assert more == whole


def test_ctrl_c_says_how_to_go_on(archgraph, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("archgraph.spaces.get", interrupt)
    code, _, err = archgraph("space", "enumerate", "dag")
    assert code == 130
    assert "the same command goes on" in err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line_and_exit_code_1(tmp_path):
    command = [sys.executable, "-m", "archgraph.cli.main", "space", "sample", "dag:1-4", "-n", "50"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("archgraph: the system says No space left on device; finished work is kept")


@pytest.mark.parametrize(("closed", "said"), [(">&-", 1), ("2>&-", 0), ("<&- >&- 2>&-", 0)])
def test_where_streams_are_closed_work_is_done_and_nothing_else_is_written_into_its_files(tmp_path, closed, said):
    cells = Path(__file__).parents[3] / "data" / "examples" / "dag_cells.jsonl"
    command = f"{sys.executable} -m archgraph.cli.main"
    for asked, code in ((f"info {cells}", 0), ("--help", 0), ("info missing.jsonl", 2)):
        done = subprocess.run(f"{command} {asked} {closed}", shell=True, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == code
        assert len(done.stderr.splitlines()) == (said if code else 0)
    subprocess.run(f"{command} space sample dag -n 5 -o made.jsonl {closed}", shell=True, cwd=tmp_path, check=True)
    assert len(ArchTable.read(tmp_path / "made.jsonl")) == 5


def test_a_limit_on_the_size_of_files_is_one_line_and_nothing_is_left(tmp_path):
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); from archgraph.cli.main import run; "
    )
    run_it = f"run(['space', 'sample', 'nasbench201', '-n', '500', '-o', {str(tmp_path / 'x.jsonl')!r}])"
    done = subprocess.run([sys.executable, "-c", code + run_it], capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "File too large" in done.stderr
    assert not list(tmp_path.iterdir())


def test_names_with_controls_and_markup_are_shown_as_they_are(archgraph, tmp_path):
    table = spaces.get("dag:1-3").enumerate()
    names = {"latency[ms]": np.arange(len(table)), "[/x]": np.arange(len(table)), "a\x1b[31m": np.arange(len(table))}
    table.with_metrics(**names).write(tmp_path / "x.jsonl")
    _, out, _ = archgraph("info", tmp_path / "x.jsonl")
    assert "\x1b" not in out
    assert all(name in out for name in ("latency[ms]", "[/x]", "a\\x1b[31m"))
    code, _, err = archgraph("draw", tmp_path / "x.jsonl", "--id", "\x1b]0;x\x07", "-o", tmp_path / "x.svg")
    assert (code, "\x1b" in err, "\x07" in err) == (2, False, False)
