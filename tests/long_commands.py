"""Long commands in processes that can be killed, and what they leave behind without what only says how long it took.

A process is forked from one that has loaded everything, so that its time goes into the work that is to be interrupted.
"""

from __future__ import annotations

import hashlib
import json
import math
import multiprocessing
import os
import sys
import time
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pyarrow.parquet as pq
from safetensors.numpy import load_file

from archgraph import spaces
from archgraph.cli.main import run
from archgraph.storages.opening import open_storage
from search.studies.study import PLACE

LOADED = [
    "torch",
    "torchvision",
    "scipy.stats",
    "sklearn.gaussian_process",
    "sklearn.ensemble",
    "search.commands.search",
]
LOADED += ["encoders.embedding.training", "supernet.standalone.fit", "supernet.zerocost.scores", "search.comparison"]
TIMED = ("seconds", "latency_ms", "latency_ms_spread", "created", "time")
TRAIN = ["--train-size", "96", "--epochs", "4", "--batch-size", "16", "--quiet"]
COMMANDS = {
    "encoder train": [
        "encoder",
        "train",
        "{in}/cells.parquet",
        "--steps",
        "30",
        "--buckets",
        "4",
        "-q",
        "-o",
        "encoder",
    ],
    "delta train": [
        *["delta", "train", "{in}/labelled.parquet", "--metric", "acc", "--train-size", "30"],
        *["--encoder", "none", "-o", "delta"],
    ],
    "supernet train": ["supernet", "train", "{in}/few.jsonl", "--lanes", "2", *TRAIN, "-o", "trained.parquet"],
    "supernet train, queued": [
        *["supernet", "train", "{in}/few.jsonl", "--lanes", "2", *TRAIN],
        *["--storage", "journal:queue.log", "-o", "trained.parquet"],
    ],
    "supernet rank": [
        *["supernet", "rank", "{in}/few.jsonl", "--rows", "2", "--width", "8", "--repeats", "2", "--train-size", "96"],
        *["--epochs", "12", "-q", "-o", "ranked.parquet", "--paths", "best.jsonl"],
    ],
    "supernet rank-choices": [
        *[
            "supernet",
            "rank-choices",
            "grammar:nasbench201",
            "--rows",
            "1",
            "--width",
            "4",
            "--repeats",
            "2",
            "--epochs",
        ],
        *["4", "--warm-up", "2", "--train-size", "96", "-q", "-o", "choices.parquet", "--paths", "best.jsonl"],
    ],
    "supernet score": ["supernet", "score", "{in}/few.jsonl", "--lanes", "2", "-q", "-o", "scored.parquet"],
    "search, trained": [
        *["search", "evolution", "--space", "dag:1-3", "--rows", "2", "--trials", "8", "--batch", "2", "--width", "8"],
        *["--train-size", "64", "--epochs", "2", "-q", "--storage", "sqlite:///studies.db"],
    ],
    "search, looked up": [
        *["search", "delta", "--space", "dag:1-4", "--objective", "table:{in}/labelled.parquet:acc", "--trials", "25"],
        *["-q", "--storage", "journal:studies.log"],
    ],
    "compare": ["compare", "{in}/study.yaml", "-q", "-o", "comparison"],
    "fit": ["fit", "{in}/few.jsonl", "--id", "2:0-1", "--set", "width=8", *TRAIN, "-o", "model"],
    "encode": ["encode", "{in}/cells.parquet", "-o", "z.parquet"],
    "import table": [
        *["import", "table", "{in}/natives.csv", "--space", "dag:1-5", "--native", "arch", "-q"],
        *["-o", "imported.parquet"],
    ],
}
STUDY = """
title: Small
seeds: 2
trials: 10
problems:
  one: {space: "dag:1-4", objective: "table:TABLE:acc"}
methods:
  random: {}
  delta: {}
"""


def inputs(folder: Path) -> None:
    """What the commands read."""
    cells = spaces.get("dag:1-4").enumerate()
    cells.write(folder / "cells.parquet")
    labelled = cells.with_metrics(acc=np.random.default_rng(0).random(len(cells)))
    labelled.write(folder / "labelled.parquet")
    spaces.get("dag:1-3").enumerate()[:6].write(folder / "few.jsonl")
    (folder / "study.yaml").write_text(STUDY.replace("TABLE", str(folder / "labelled.parquet")))
    space = spaces.get("dag:1-5")
    rows = [f'"{space.to_native(cell)}",{row}' for row, cell in enumerate(space.enumerate())]
    (folder / "natives.csv").write_text("\n".join(["arch,acc", *rows]) + "\n")


def line(command: str, folder: Path) -> list[str]:
    """A command's words, with the folder of what it reads."""
    return [word.replace("{in}", str(folder)) for word in COMMANDS[command]]


def outputs(words: list[str]) -> list[str]:
    """The files and folders that a command writes whole or not at all."""
    if words[0] == "compare":  # its folder holds the studies meanwhile
        return ["comparison/report.html"]
    return [after for word, after in pairwise(words) if word in ("-o", "--paths")]


def started(words: list[str], folder: Path) -> BaseProcess:
    """A process that runs a command in a folder; what it says is written beside it."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["long_commands", *LOADED])
    process = context.Process(target=_run, args=(words, str(folder)))
    process.start()
    return process


def _run(words: list[str], folder: str) -> None:
    os.chdir(folder)
    output = os.open(f"{folder}.said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = (open(number, "w", buffering=1) for number in (1, 2))  # noqa: SIM115
    try:
        run(words)
    finally:
        Path(f"{folder}.seconds").write_text(str(time.process_time()))


def ended(words: list[str], folder: Path) -> tuple[int, float, str]:
    """Exit code of a command, seconds of a processor that it took, and what it said."""
    process = started(words, folder)
    process.join()
    said = Path(f"{folder}.said").read_text(errors="replace")
    return process.exitcode or 0, float(Path(f"{folder}.seconds").read_text()), said


def killed(words: list[str], folder: Path, seconds: float) -> bool:
    """Whether a command was still at work when it was killed after so many seconds of a processor."""
    process = started(words, folder)
    while process.is_alive() and _worked(process) < seconds:
        time.sleep(0.005)
    at_work = process.is_alive()
    process.kill()
    process.join()
    return at_work


def _worked(process: BaseProcess) -> float:
    """Seconds of a processor that a process has taken so far."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.inf
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def left(folder: Path) -> dict[str, Any]:
    """File -> what it holds, in a form that can be compared; of pictures and pages that they are there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not _hidden(path.relative_to(folder)))
    return {str(path.relative_to(folder)): _content(path) for path in files}


def _hidden(path: Path) -> bool:
    """Whether it is no result: pictures in a study's artifacts have names by chance."""
    aside = any(part.startswith(".") or part.endswith("-artifacts") for part in path.parts)
    return aside or path.name.endswith((".said", ".seconds", ".lock"))


def _content(path: Path) -> Any:
    if path.suffix in (".db", ".log"):
        url = f"sqlite:///{path}" if path.suffix == ".db" else f"journal:{path}"
        trials = [trial for study in _studies(url) for trial in study.get_trials(deepcopy=False)]
        done = [trial for trial in trials if trial.state == optuna.trial.TrialState.COMPLETE]
        done.sort(key=lambda trial: trial.user_attrs.get(PLACE, trial.number))
        return [(trial.params, trial.values) for trial in done] if path.name != "queue.log" else None
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pandas().drop(columns=list(TIMED), errors="ignore").to_dict("list").__repr__()
    if path.suffix == ".safetensors":  # a model's also says to which description it belongs, in which there are times
        return {name: (value.dtype, value.shape, value.tobytes()) for name, value in load_file(path).items()}
    if path.suffix == ".json":
        return _untimed(json.loads(path.read_text()))
    if path.suffix in (".html", ".png", ".svg"):
        return None
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _studies(url: str) -> list[optuna.Study]:
    storage = open_storage(url)
    return [optuna.load_study(study_name=name, storage=storage) for name in optuna.get_all_study_names(storage)]


def _untimed(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _untimed(value) for key, value in content.items() if not any(word in key for word in TIMED)}
    return [_untimed(value) for value in content] if isinstance(content, list) else content
