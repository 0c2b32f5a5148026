"""Loading a table of NAS-Bench-101's size, and mini-batches from it against PyG's DataLoader.

    python tests/benchmarks/bench_table.py [--graphs 423624]

The table is made here: cells of 7 nodes and up to 9 edges, with seven metrics. Each measurement of memory is a process
of its own, in which the table is loaded once; its resident memory is compared before and after, and at its highest.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from torch_geometric.loader import DataLoader

from archgraph.columns import GraphColumns, pointers, sort_and_check
from archgraph.ops import OPS
from archgraph.spaces import nasbench101
from archgraph.table.table import ArchTable

BATCH = 1024


def synthetic(count: int) -> ArchTable:
    """`count` random cells of 7 nodes: a chain, and 0 to 3 more edges."""
    rng = np.random.default_rng(0)
    inner = [OPS.index(operation.name) for operation in nasbench101.OPERATIONS]
    ops = np.concatenate(
        [
            np.full((count, 1), OPS.index("input")),
            rng.choice(inner, size=(count, 5)),
            np.full((count, 1), OPS.index("output")),
        ],
        axis=1,
    )
    pairs = np.array([(s, t) for s in range(7) for t in range(s + 1, 7)])
    chain = np.flatnonzero(pairs[:, 1] == pairs[:, 0] + 1)
    others = np.setdiff1d(np.arange(len(pairs)), chain)
    taken = np.zeros((count, len(pairs)), dtype=bool)
    taken[:, chain] = True
    drawn = others[rng.random((count, len(others))).argsort(axis=1)[:, :3]]
    np.put_along_axis(taken, drawn, rng.random((count, 3)) < 0.7, axis=1)
    graph, pair = np.nonzero(taken)
    columns = GraphColumns(
        ops.reshape(-1).astype(np.int16),
        np.ascontiguousarray(pairs[pair].T.astype(np.int16)),
        pointers(np.full(count, 7)),
        pointers(np.bincount(graph, minlength=count)),
    )
    assert sort_and_check(columns) is None
    ids = [rng.bytes(16).hex() for _ in range(count)]
    metrics = {f"metric{i}": rng.random(count) for i in range(7)}
    return ArchTable(columns.ops, columns.edges, columns.node_ptr, columns.edge_ptr, ids, "nasbench101", metrics)


def resident() -> float:
    """Memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def load(path: str) -> None:
    """Load once and print seconds and megabytes; run in a process of its own."""
    before = resident()
    start, cpu = time.perf_counter(), time.process_time()
    table = ArchTable.read(path)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    used = {"mb": resident() - before, "peak_mb": peak - before}
    print(json.dumps({"seconds": seconds, "cpu": cpu, **used, "graphs": len(table)}))


def loads(path: Path, times: int) -> None:
    for _ in range(times):
        done = subprocess.run(
            [sys.executable, __file__, "--load", str(path)], capture_output=True, text=True, check=True
        )
        r = json.loads(done.stdout)
        print(
            f"load {path.suffix} {r['graphs']} graphs: {r['seconds']:.2f} s ({r['cpu']:.2f} s CPU), "
            f"{r['mb']:.0f} MB (peak {r['peak_mb']:.0f})"
        )


def batches(table: ArchTable, data_rows: int) -> None:
    """Seconds for a pass over the table, and for PyG's over a list of Data (of `data_rows` rows, scaled)."""
    data = list(table[:data_rows])
    for shuffle in (False, True):
        rng = np.random.default_rng(0) if shuffle else None
        start = time.perf_counter()
        nodes = sum(batch.num_nodes for _, batch in table.batches(BATCH, rng))
        ours = (time.perf_counter() - start) / len(table)
        assert nodes == len(table.op_index)
        start = time.perf_counter()
        for _ in DataLoader(data, batch_size=BATCH, shuffle=shuffle):
            pass
        theirs = (time.perf_counter() - start) / len(data)
        print(
            f"mini-batches of {BATCH}, {'shuffled' if shuffle else 'in order'}: {1 / ours:,.0f} graphs/s, "
            f"PyG's DataLoader {1 / theirs:,.0f} graphs/s: {theirs / ours:.0f} times"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", type=int, default=423_624)
    parser.add_argument("--data", type=int, default=100_000, help="graphs in PyG's list of Data")
    parser.add_argument("--load", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        load(options.load)
        return
    table = synthetic(options.graphs)
    with tempfile.TemporaryDirectory() as folder:
        for suffix, times in (("parquet", 3), ("jsonl", 1)):
            path = Path(folder) / f"table.{suffix}"
            table.write(path)
            loads(path, times)
    batches(table, options.data)


if __name__ == "__main__":
    main()
