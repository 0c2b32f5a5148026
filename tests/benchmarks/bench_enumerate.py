"""Writing all 423,624 cells of NAS-Bench-101 to Parquet, in a process of its own: seconds and peak memory.

    python tests/benchmarks/bench_enumerate.py

Also prints the seconds that the same interpreter takes to import archgraph alone, as the reference in the same run.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

_WRITE = """
import resource, sys
from archgraph import spaces
table = spaces.get("nasbench101").enumerate()
table.write(sys.argv[1])
print(len(table), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run(code: str, *arguments: str) -> tuple[float, str]:
    """Wall seconds and output of `code` in a new interpreter."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    return time.perf_counter() - start, done.stdout


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        seconds, output = run(_WRITE, str(Path(folder) / "cells.parquet"))
    imported, _ = run("import archgraph")
    count, peak = output.split()
    print(f"{int(count):,} cells in {seconds:.1f} s (import alone {imported:.1f} s), peak {float(peak):.0f} MB")
