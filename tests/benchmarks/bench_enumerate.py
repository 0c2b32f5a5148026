"""Writing all 423,624 cells of NAS-Bench-101 to Parquet by the command line: seconds and peak memory.

    python tests/benchmarks/bench_enumerate.py

Wall seconds depend on what else the machine does; CPU seconds (user and system) hardly do. The same is printed for
`archgraph --help` and for importing the spaces alone, as references in the same run.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "archgraph.cli.main"]
# in a process of its own: a child's largest memory is at least that of the process that starts it
_COUNT = """
import sys
from archgraph import ArchTable
print(f"{len(set(ArchTable.read(sys.argv[1]).hashes())):,} distinct cells in the file", flush=True)
"""


def timed(name: str, *command: str) -> None:
    """Run a command and print its wall and CPU seconds and its largest resident memory."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        sys.exit(f"{name} failed")
    cpu = used.ru_utime + used.ru_stime
    print(f"{name}: {wall:.1f} s wall, {cpu:.1f} s CPU, peak {used.ru_maxrss / 1024:.0f} MB", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.parquet"
        timed("space enumerate nasbench101", *COMMAND, "space", "enumerate", "nasbench101", "-o", str(path))
        subprocess.run([sys.executable, "-c", _COUNT, str(path)], check=True)
    timed("importing the spaces", sys.executable, "-c", "import archgraph.spaces")
    timed("archgraph --help", *COMMAND, "--help")
