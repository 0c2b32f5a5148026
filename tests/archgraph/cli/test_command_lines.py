"""Command lines that are nearly right: whatever is written, a line ends in one of four ways and leaves no traceback."""

from __future__ import annotations

import random
import shlex
import signal
from collections.abc import Iterable, Iterator
from typing import Any

import campaign
import numpy as np
import pytest
from typer.main import get_command

from archgraph import spaces
from archgraph.cli.main import app, run

SECONDS = 5  # after which a line that works is interrupted, as by Ctrl-C
LONG = {("demo",), ("design",)}
TEXTS = ["dag:1-3", "nasbench201", "macro", "dag:1-3x2", "custom:x.yaml", "digits", "mnist", "table:good.jsonl:acc"]
TEXTS += [
    "table:good.jsonl",
    "train:digits",
    "acc",
    "random",
    "delta",
    "tpe",
    "cpu",
    "cuda",
    "tpu",
    "onnx",
    "pt2",
    "params=1k",
]
TEXTS += [
    "val",
    "",
    "a=b",
    "=",
    "[/x]",
    "\x1b[31m",
    "ä",
    "x" * 300,
    "journal:s.log",
    "sqlite:///s.db",
    "postgresql://x",
    "*",
    "-",
    "epochs=1",
]
NUMBERS = ["0", "1", "2", "3", "-1", "0.5", "1e9", "nan", "inf", "x", "9" * 20]
FILES = [
    "good.jsonl",
    "good.parquet",
    "empty.jsonl",
    "broken.jsonl",
    "broken.parquet",
    "missing.jsonl",
    "folder",
    "x.yaml",
]
FILES += [
    "out.jsonl",
    "out.parquet",
    "out",
    "out.svg",
    "out.onnx",
    "nowhere/out.jsonl",
    "/dev/null",
    "y" * 300 + ".jsonl",
    ".",
]


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command that does something, by the words that name it."""
    if not hasattr(command, "list_commands"):
        yield path, command
        return
    for name in command.list_commands(None):
        yield from leaves(command.get_command(None, name), (*path, name))


def value(parameter: Any, rng: random.Random) -> str:
    """What might stand for a parameter."""
    described = getattr(parameter, "type_descriptor", None)  # of typer from 0.27 on
    kind = str(parameter.type if described is None else described.annotation).lower()
    likely = FILES if "path" in kind else NUMBERS if "int" in kind or "float" in kind else TEXTS
    return rng.choice(likely if rng.random() < 0.9 else TEXTS + NUMBERS + FILES)


def drawn(path: tuple[str, ...], command: Any, rng: random.Random) -> list[str]:
    """A line of a command: most of what it needs, and some of what it takes."""
    line = list(path)
    for parameter in command.params:
        flag = getattr(parameter, "is_flag", False)
        if parameter.param_type_name == "argument":
            if rng.random() < 0.95:
                line.append(value(parameter, rng))
        elif (
            rng.random() < (0.9 if parameter.required or "-o" in parameter.opts else 0.12) and parameter.name != "help"
        ):
            line += [rng.choice(parameter.opts)] + ([] if flag else [value(parameter, rng)])
    if rng.random() < 0.05:
        line.append("--no-such-option")
    return line


@pytest.fixture
def place(tmp_path, monkeypatch):
    table = spaces.get("dag:1-3").enumerate()
    table = table.with_metrics(acc=np.linspace(0.5, 0.9, len(table)))
    for name in ("good.jsonl", "good.parquet"):
        table.write(tmp_path / name)
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "broken.jsonl").write_text('{"ops": ["input", "output"], "edges": [[0, 5]]}\n')
    (tmp_path / "broken.parquet").write_bytes(b"PAR1" + bytes(40))
    (tmp_path / "x.yaml").write_text("name: mine\ncell: {rule: chain, layers: 2, choices: [identity, zero]}\n")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ended(line: list[str]) -> Any:
    """The exit code of a line; one that works on for long is interrupted."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 1)  # again, since what is raised while rubbish is collected is lost
    try:
        run(line)
    except SystemExit as end:
        return end.code
    except KeyboardInterrupt:
        return 130
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return 0


@pytest.mark.parametrize("count", [40, pytest.param(campaign.LINES, marks=[pytest.mark.slow, pytest.mark.campaign])])
def test_a_line_that_is_nearly_right_ends_in_one_of_four_ways_and_leaves_no_traceback(place, capsys, count):
    commands = [(path, command) for path, command in leaves(get_command(app)) if path not in LONG]
    rng = random.Random(count)
    found = []
    for _ in range(count):
        line = drawn(*rng.choice(commands), rng)
        kept = set(place.rglob("*"))
        try:
            code = ended(line)
        except Exception as error:
            found.append((line, repr(error)))
            code = 1
        out, err = capsys.readouterr()
        made = sorted(set(place.rglob("*")) - kept, key=lambda path: -len(path.parts))
        wrong = {
            f"exit code {code}": code not in (0, 1, 2, 130),
            "a traceback": "Traceback" in out + err,
            "controls": "\x1b[31m" in err,
            "nothing said": code == 2 and not err,
            f"left {[path.name for path in made]}": code == 2 and bool(made),
        }
        found += [(line, what) for what, is_so in wrong.items() if is_so]
        for path in made:
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    assert_none(f"{what}: {shlex.join(line)}" for line, what in found)


def assert_none(lines: Iterable[str]) -> None:
    """Fail where something was found, with a line for each."""
    if text := "\n".join(lines):
        pytest.fail(text, pytrace=False)
