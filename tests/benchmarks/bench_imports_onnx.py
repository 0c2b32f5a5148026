"""Networks of public packages through `torch.onnx.export` and back: the same parameters, layers and depth?

    python tests/benchmarks/bench_imports_onnx.py --only torchvision|timm|transformers -o onnx.jsonl [--optimize]

Held against each other are the graph of the module and that of its file: the numbers in weights, the layers
(convolutions, linear layers, tables, attention) by name, and the most of them on a path. The exporter's optimiser folds
batch norms into convolutions, so files are written without it; with `--optimize` they lack up to as many numbers as
stand in `norms`. Networks that stand in the output already are left out, so a stopped run goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import re
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from bench_imports import Made, of_timm, of_torchvision, of_transformers
from torch import Tensor, nn

from archgraph.errors import InputError
from archgraph.formats.onnx.reader import read_onnx
from archgraph.formats.traced.fx import trace_network
from archgraph.formats.traced.program import KINDS, _Tensors
from archgraph.graph import ArchGraph
from archgraph.op_names import ACTIVATIONS, NORMS

LAYERS = re.compile(r"(de)?conv|linear|embedding|attention")
AFTER = re.compile(rf"-({'|'.join((*NORMS, *ACTIVATIONS))})\b")


def with_memory(module: nn.Module) -> nn.Module:
    """The module with room for the weights that have shapes alone."""
    return module._apply(lambda value: torch.zeros_like(value, device="cpu") if value.is_meta else value)


def layers(graph: ArchGraph) -> Counter[str]:
    """The layers of a graph by name, without the norms and activations after them."""
    return Counter(AFTER.sub("", op) for op in graph.ops if LAYERS.match(op))


def depth(graph: ArchGraph) -> int:
    """Most layers on a path."""
    most = [0] * len(graph.ops)
    for source, target in sorted(graph.edges, key=lambda edge: edge[1]):
        most[target] = max(most[target], most[source] + bool(LAYERS.match(graph.ops[target])))
    return most[-1]


def folded(module: nn.Module) -> int:
    """Numbers of batch norms that vanish where they are folded into the convolution before them; an upper bound."""
    norms = [part for part in module.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    return sum(parameter.numel() for norm in norms for parameter in norm.parameters(recurse=False))


@contextlib.contextmanager
def silence():
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        yield
        logging.disable(logging.NOTSET)


def measure(name: str, make: Callable[[], Made], folder: Path, optimize: bool) -> dict[str, Any]:
    start = time.process_time()
    row: dict[str, Any] = {"name": name}
    try:
        module, inputs = make()
        network = trace_network(module, inputs)
    except (InputError, ImportError) as error:
        return row | {"no module": str(error)[:300]}
    file = folder / "net.onnx"
    try:
        module = with_memory(module).eval()
        example: tuple[Tensor, ...] = tuple(torch.zeros(i.shape, dtype=KINDS[i.kind]) for i in inputs)
        with silence(), torch.no_grad():
            torch.onnx.export(_Tensors(module), example, file, dynamo=True, optimize=optimize, external_data=True)
    except Exception as error:
        return row | {"not exported": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
    exported = time.process_time()
    try:
        table = read_onnx(file)
    except InputError as error:
        return row | {"refused": str(error)}
    except Exception as error:
        return row | {"failed": f"{type(error).__name__}: {error}"[:300]}
    ours, theirs = layers(network.graph), layers(table[0])
    return row | {
        "params": int(table.metrics["params"][0]),
        "right": network.params,
        "norms": folded(module),
        "layers": sum(theirs.values()),
        "right layers": sum(ours.values()),
        "lost": dict(ours - theirs),
        "gained": dict(theirs - ours),
        "depth": depth(table[0]),
        "right depth": depth(network.graph),
        "nodes": len(table[0].ops),
        "unnamed": sorted(op for op in table[0].ops if op.startswith("other:")),
        "seconds": round(exported - start, 1),
        "read seconds": round(time.process_time() - exported, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", choices=("torchvision", "timm", "transformers"), required=True)
    parser.add_argument("--names", nargs="*", help="these alone")
    parser.add_argument("--every", type=int, default=1, help="each of so many alone")
    parser.add_argument("--optimize", action="store_true")
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    os.nice(max(0, 10 - os.nice(0)))
    torch.set_num_threads(1)
    every = {"torchvision": of_torchvision, "timm": of_timm, "transformers": of_transformers}[given.only]
    lines = given.output.read_text().splitlines() if given.output.exists() else []
    rows = {row["name"]: row for row in map(json.loads, lines)}
    for number, (name, make) in enumerate(every()):
        if name in rows or number % given.every or (given.names and name not in given.names):
            continue
        with tempfile.TemporaryDirectory() as folder:
            rows[name] = measure(name, make, Path(folder), given.optimize)
        with given.output.open("a") as file:
            print(json.dumps(rows[name]), file=file)
        print(json.dumps(rows[name])[:400], flush=True)
    read = [row for row in rows.values() if "params" in row]
    nodes, unnamed = sum(row["nodes"] for row in read), sum(len(row["unnamed"]) for row in read)
    exported = sum("not exported" not in row and "no module" not in row for row in rows.values())
    print(f"{len(rows)} networks, {exported} exported, {len(read)} read")
    for count in ("params", "layers", "depth"):
        right = "right" if count == "params" else f"right {count}"
        print(f"{count} equal: {sum(row[count] == row[right] for row in read)}")
    print(f"all layers of the same names: {sum(not row['lost'] and not row['gained'] for row in read)}")
    print(f"nodes without a name: {unnamed} of {nodes}, {100 * unnamed / max(nodes, 1):.2f} %")
    for row in rows.values():
        if "params" not in row:
            print(row)


if __name__ == "__main__":
    main()
