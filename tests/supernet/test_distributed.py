import json
import os
import socket
import subprocess
import sys

import pytest
import torch

from archgraph import ArchTable, spaces
from archgraph.networks.skeleton import Skeleton
from supernet import distributed
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.trainings import train_hyper
from supernet.images.datasets import digits

CELLS = ("2:0-1", "3:0-1,0-2", "4:0-1,1-2,2-3")
WORKER = """
import json, sys
import torch
torch.set_num_threads(1)
from supernet import distributed
from test_distributed import train
with distributed.process_group("cpu"):
    alphas, first = train(sys.argv[1])
    print("RESULT" + json.dumps([torch.distributed.get_rank(), alphas, first]), flush=True)
"""


def train(mixture):
    """Architecture parameters, and the first weights; without norms, whose statistics are each process's own."""
    cells = [spaces.get("dag").from_native(native) for native in CELLS]
    frame = Skeleton((1, 8, 8), 10, (4, 8), (2, 2), norm="none")
    recipe = BilevelRecipe(epochs=2, warm_up=1, mixture=mixture, alpha_step="sgd", alpha_rate=1.0, batch_size=32)
    hyper, _ = train_hyper([cells] * 2, frame, digits().limit_train(128).train, recipe, 0)
    return [alpha.tolist() for alpha in hyper.alphas], next(hyper.weights()).flatten()[:8].tolist()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.mark.slow
@pytest.mark.parametrize("mixture", ["dirichlet", "per-image", "single"])
def test_two_processes_train_what_one_does(mixture):
    here = os.path.dirname(__file__)
    root = os.path.dirname(os.path.dirname(here))
    path = os.pathsep.join([root, here, os.environ.get("PYTHONPATH", "")])
    common = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "PYTHONPATH": path}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, mixture],
            env=os.environ | common | {"RANK": str(rank), "LOCAL_RANK": str(rank), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    results = []
    for process in started:
        out, _ = process.communicate(timeout=400)
        assert process.returncode == 0
        results.append(json.loads(next(line for line in out.splitlines() if line.startswith("RESULT"))[6:]))
    alone = train(mixture)
    assert sorted(rank for rank, *_ in results) == [0, 1]
    assert results[0][1:] == results[1][1:]
    for found, expected in zip(results[0][1], alone[0], strict=True):
        torch.testing.assert_close(torch.tensor(found), torch.tensor(expected), atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(torch.tensor(results[0][2]), torch.tensor(alone[1]), atol=1e-4, rtol=1e-3)


@pytest.mark.slow
def test_torchrun_ranks_on_two_processes_what_one_does(tmp_path):
    graphs = map(spaces.get("dag").from_native, CELLS)
    ArchTable.from_graphs(graphs, ids=CELLS, space="dag:1-5").write(tmp_path / "cells.jsonl")
    short = "--rows 2 --width 8 --norm none --epochs 2 --warm-up 1 --train-size 128 --batch-size 32 --repeats 2"
    steps = "--alpha-step sgd --alpha-rate 1 --device cpu --quiet"
    command = ["-m", "archgraph.cli.main", "supernet", "rank", "cells.jsonl", *short.split(), *steps.split()]
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", "2", f"--master-port={free_port()}"]
    for launch, output in ([], "alone.jsonl"), (torchrun, "together.jsonl"):
        done = [sys.executable, *launch, *command, "-o", output]
        subprocess.run(done, env=environment, cwd=tmp_path, check=True, timeout=500, stdout=subprocess.PIPE)
    alone, together = (ArchTable.read(tmp_path / name).metrics for name in ("alone.jsonl", "together.jsonl"))
    assert list(alone) == list(together)
    assert alone.fade_row1.std() > 1e-3
    assert abs(alone - together).to_numpy().max() < 1e-4
    assert not (tmp_path / "together.jsonl.training").exists()


def test_without_torchrun_nothing_is_shared(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with distributed.process_group("cpu") as device:
        assert device == "cpu"
        assert not distributed.running()
        assert distributed.first()
        model = torch.nn.Linear(2, 2)
        assert distributed.wrap(model) is model
        assert distributed.share(7) == slice(0, 7)
        tensor = torch.ones(2)
        distributed.average([tensor])
        assert tensor.tolist() == [1, 1]
