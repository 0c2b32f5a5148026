"""Memory and time of commands on tables of millions of graphs: cells of NAS-Bench-201, repeated in random order.

python tests/benchmarks/bench_large.py FOLDER [--rows 400000 10000000] [--only info encode ...]

One line of JSON a command: graphs, processor seconds of the whole command (`whole`) and without what the same command
takes on one graph (microseconds a graph, `us_a_graph`), and the most resident memory in MB. Tables stay in FOLDER;
what is there is not made again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from archgraph import ArchTable, spaces
from archgraph.table.parquet import ROWS
from archgraph.table.streams import write_parts

SPACE = "nasbench201"
READ = "import sys; from archgraph import ArchTable; print(len(ArchTable.read(sys.argv[1])))"
COMMANDS = {
    "write": [],
    "read": ["-c", READ, "{table}"],
    "info": ["info", "{table}"],
    "import": ["import", "table", "{natives}", "--space", SPACE, "--native", "arch", "-o", "{out}.parquet"],
    "encode": ["encode", "{table}", "-o", "{out}.parquet"],
    "predict": ["delta", "predict", "delta", "{table}", "-o", "{out}.parquet"],
    "score": ["supernet", "score", "{table}", "--score", "propagation", "--quiet", "-o", "{out}.parquet"],
    "synflow": ["supernet", "score", "{table}", "--score", "synflow", "--quiet", "-o", "{out}.parquet"],
}


def run(*words: str) -> tuple[float, float]:
    """Processor seconds and most resident MB of a Python process."""
    process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(words)[:200]} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def tables(rows: int) -> Iterator[ArchTable]:
    """So many graphs, `ROWS` at a time."""
    members = spaces.get(SPACE).enumerate()
    for start in range(0, rows, ROWS):
        count = min(ROWS, rows - start)
        rng = np.random.default_rng(start)
        some = members[rng.integers(len(members), size=count)]
        ids = pa.array(np.arange(start, start + count)).cast(pa.string())
        yield ArchTable.from_columns(some.columns, ids=ids, space=SPACE, metrics={"acc": rng.random(count)})


def natives(rows: int, path: Path) -> None:
    """The same as a table of strings with three columns of numbers."""
    space = spaces.get(SPACE)
    names = pa.array([space.to_native(graph) for graph in space.enumerate()])
    schema = pa.schema([("arch", pa.string()), *((name, pa.float64()) for name in ("acc", "loss", "latency"))])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, ROWS):
            count = min(ROWS, rows - start)
            rng = np.random.default_rng(start)
            arch = names.take(pa.array(rng.integers(len(names), size=count)))
            writer.write_table(pa.table([arch, *(rng.random(count) for _ in range(3))], schema=schema))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[400_000, 10_000_000])
    parser.add_argument("--only", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument(
        "--make", choices=("table", "natives", "labels"), help="only write the tables of so many graphs"
    )
    asked = parser.parse_args()
    asked.folder.mkdir(exist_ok=True)
    script = str(Path(__file__).resolve())
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(script).parents[2]), os.environ.get("PYTHONPATH", "")])
    os.chdir(asked.folder)
    if asked.make:
        [rows] = asked.rows
        if asked.make == "labels":
            cells = spaces.get(SPACE).enumerate()[::50]
            first = np.unique(cells.hashes(), return_index=True)[1][:rows]
            cells[first].with_metrics(acc=np.random.default_rng(0).random(len(first))).write("labels.parquet")
        elif asked.make == "natives":
            natives(rows, Path(f"natives-{rows}.parquet"))
        else:
            write_parts(f"{rows}.parquet", tables(rows))
        return
    door = ["-m", "archgraph.cli.main"]

    def make(kind: str, rows: int) -> tuple[float, float]:
        """Not in this process: what it held would count for the commands that it starts."""
        return run(script, ".", "--make", kind, "--rows", str(rows))

    if "predict" in asked.only and not Path("delta").exists():
        make("labels", 100)
        run(*door, "delta", "train", "labels.parquet", "--metric", "acc", "--encoder", "none", "-o", "delta")
    for name in asked.only:
        alone = 0.0
        for rows in (1, *asked.rows):
            files = {"table": f"{rows}.parquet", "natives": f"natives-{rows}.parquet", "out": f"{name}-{rows}"}
            if name == "write":
                seconds, memory = make("table", rows)
            else:
                kind = "natives" if name == "import" else "table"
                if not Path(files[kind]).exists():
                    make(kind, rows)
                words = [word.format(**files) for word in COMMANDS[name]]
                seconds, memory = run(*([] if words[0] == "-c" else door), *words)
            alone = seconds if rows == 1 else alone
            found = {"command": name, "graphs": rows, "whole": round(seconds, 1), "MB": round(memory)}
            if rows > 1:
                found["us_a_graph"] = round((seconds - alone) / rows * 1e6, 2)
            print(json.dumps(found), flush=True)
            for path in Path().glob(f"{name}-{rows}*"):
                path.unlink()


if __name__ == "__main__":
    main()
