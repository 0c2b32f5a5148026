"""A process that knows what the house stands on, and nothing of the house: it forks a child for each piece of Python.

Run as a script, it reads a JSON list of sources from stdin and writes one finding a source to stdout: the error that it
ended with, which states of others it changed, how many operations there are, and which private names of other
distributions its classes replace.
"""

from __future__ import annotations

import ctypes
import gc
import io
import json
import logging
import os
import signal
import sys
import traceback
import warnings
from collections import deque
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

HOUSE = ("archgraph", "encoders", "supernet", "search")
OTHERS = """numpy pandas pyarrow.parquet scipy.optimize scipy.sparse scipy.special scipy.stats sklearn.datasets
sklearn.ensemble sklearn.gaussian_process sklearn.linear_model matplotlib.figure matplotlib.backends.backend_agg
matplotlib.backends.backend_svg networkx optuna torch torch.nn torch.func torch.export torch.fx torch.utils.data
torchvision torch_geometric.data torch_geometric.nn safetensors.torch PIL.Image jinja2 yaml typer rich.progress"""
SECONDS = 120  # after which a child is given up
mallopt_calls = []


def watch_malloc() -> None:
    """Note each look-up of `mallopt` in a C library."""
    found = ctypes.CDLL.__getitem__

    def noted(library: ctypes.CDLL, name: Any) -> Any:
        if name == "mallopt":
            mallopt_calls.append(name)
        return found(library, name)

    ctypes.CDLL.__getitem__ = noted  # type: ignore[method-assign]


def states() -> dict[str, Any]:
    """What a library may not change under its user's hands."""
    import matplotlib
    import numpy as np
    import optuna
    import torch

    return {
        "Optuna's verbosity": optuna.logging.get_verbosity(),
        "torch's threads": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "torch's defaults": (
            torch.get_default_dtype(),
            torch.is_grad_enabled(),
            torch.are_deterministic_algorithms_enabled(),
            torch.backends.cudnn.benchmark,
            torch.get_float32_matmul_precision(),
        ),
        "the warning filters": list(warnings.filters),
        "NumPy's errors and printing": (np.geterr(), np.get_printoptions()),
        "matplotlib's settings": dict.copy(matplotlib.rcParams),
        "malloc": len(mallopt_calls),
        "logging": (logging.root.level, list(logging.root.handlers)),
        "the environment": dict(os.environ),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "the recursion limit": sys.getrecursionlimit(),
    }


def found(source: str) -> dict[str, Any]:
    """What becomes of running a source in this process."""
    before, error, said = states(), "", io.StringIO()
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(said):
            exec(compile(source, "<fresh process>", "exec"), {"__name__": "fresh"})
    except SystemExit as end:
        error = f"exit {end.code}: {said.getvalue()}" if end.code else ""
    except BaseException:
        error = traceback.format_exc(limit=-3)
    after = states()
    ops = sys.modules.get("archgraph.ops")
    return {
        "error": error,
        "changed": [name for name in before if before[name] != after[name]],
        "operations": len(ops.OPS) if ops else None,
        "replaced": sorted(replaced()),
    }


def replaced() -> set[tuple[str, str, str]]:
    """Private names of other distributions that classes of the house have anew: (module, class, name)."""
    names: set[tuple[str, str, str]] = set()
    for module in [m for name, m in sys.modules.items() if name.partition(".")[0] in HOUSE]:
        for cls in vars(module).values():
            if isinstance(cls, type) and cls.__module__ == module.__name__:
                for base in cls.__mro__[1:]:
                    if base.__module__.partition(".")[0] not in {*HOUSE, *sys.stdlib_module_names}:
                        own = {n for n in vars(cls) if n.startswith("_") and not n.startswith("__") and n in vars(base)}
                        names |= {(module.__name__, cls.__name__, name) for name in own}
    return names


def begun(source: str) -> tuple[int, int]:
    """A child that runs the source: its process and the pipe on which it answers."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signal.alarm(SECONDS)
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            json.dump(found(source), pipe)
        os._exit(0)
    os.close(writing)
    return child, reading


def answered(child: int, reading: int) -> dict[str, Any]:
    """What a child found."""
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else {"error": "it died", "changed": [], "operations": None, "replaced": []}


def all_found(sources: list[str]) -> list[dict[str, Any]]:
    """What becomes of each source in a child of its own, as many at once as there are processors."""
    findings, running = [], deque()
    for source in sources:
        if len(running) == (os.cpu_count() or 1):
            findings.append(answered(*running.popleft()))
        running.append(begun(source))
    return [*findings, *(answered(*child) for child in running)]


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])
    watch_malloc()
    for name in OTHERS.split():
        import_module(name)
    gc.freeze()  # a child then writes to few of the pages that it shares
    json.dump(all_found(json.load(sys.stdin)), sys.stdout)
