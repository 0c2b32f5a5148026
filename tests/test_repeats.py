"""What repeats: hash seeds, locales, threads, the order of rows and the size of parts change nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from archgraph import ArchTable, spaces
from archgraph.table.streams import read_parts

NAMES = ("dag:1-4", "nasbench101", "nasbench201", "darts", "grammar:vision")
SCRIPT = """
import hashlib, json, sys
import numpy as np, torch
from archgraph import ArchTable, spaces
from archgraph.storages.study import open_study
from encoders import DeltaPredictor
from encoders.graph_network.checkpoint import load_network
from search import make, run_study
from search.objectives.table import TableObjective

threads = int(sys.argv[1])
torch.set_num_threads(threads)
def digest(*values):
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
found = {}
drawn = {}
for name in NAMES:
    drawn[name] = ArchTable.from_graphs(spaces.get(name).sample(20, np.random.default_rng(0)), space=name)
found["drawn"] = digest([list(table.to_json_lines()) for table in drawn.values()])
found["hashes"] = digest([table.hashes() for table in drawn.values()])
space = spaces.get("nasbench201")
table = space.enumerate()[::40]
table = table.with_metrics(acc=np.random.default_rng(0).random(len(table)))
found["embedded"] = digest(load_network("base").network.read(table).numpy().tobytes())
predictor = DeltaPredictor.fit(table[:40], "acc")
found["predicted"] = digest(predictor.predict(table).mean.tobytes())
study = open_study(None, "s", {}, ("maximize",))
run_study(study, make("evolution", space), TableObjective(table, space, ["acc"]), 0, lambda trials: len(trials) >= 30)
found["searched"] = digest([trial.params for trial in study.trials])
print(json.dumps(found))
"""


def found(threads=1, **environment):
    given = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": str(threads), **environment}
    source = SCRIPT.replace("NAMES", repr(NAMES))
    done = subprocess.run([sys.executable, "-c", source, str(threads)], capture_output=True, text=True, env=given)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def usual():
    return found(PYTHONHASHSEED="0")


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "7", "LC_ALL": "C", "PYTHONUTF8": "0"},
        {"LC_ALL": "C.UTF-8", "TZ": "Asia/Kathmandu"},
        {"threads": 2},
    ],
    ids=lambda given: ",".join(given),
)
def test_neither_hash_seed_nor_locale_nor_threads_change_what_is_drawn_embedded_predicted_or_searched(
    usual, environment
):
    assert found(**environment) == usual


def test_the_order_of_rows_and_the_size_of_parts_change_nothing_but_rounding(tmp_path):
    from encoders.graph_network.checkpoint import load_network

    space = spaces.get("dag:1-4")
    table = ArchTable.from_graphs(space.sample(60, np.random.default_rng(0)), space="dag:1-4")
    network, order = load_network("base").network, np.random.default_rng(1).permutation(len(table))
    whole = network.read(table).numpy()
    np.testing.assert_allclose(network.read(table[order]).numpy(), whole[order], rtol=1e-4, atol=1e-5)
    table.write(tmp_path / "t.parquet")
    parts = [network.read(part).numpy() for part in read_parts(tmp_path / "t.parquet", rows=7)]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-4, atol=1e-5)
    assert table[order].hashes() == [table.hashes()[row] for row in order]
