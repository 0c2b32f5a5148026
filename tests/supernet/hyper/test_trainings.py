import os
import signal
import subprocess
import sys
import time

import pytest

from archgraph import OPS, ArchGraph, InputError, Operation
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.trainings import fade_ranks, train_mixed
from supernet.images.datasets import digits


def test_ranks_put_a_cell_that_blurs_the_image_away_behind_one_that_works(cells, skeleton):
    OPS.register(Operation("test-blur", "avg_pool", kernel=15))
    blur = ArchGraph(["input", "test-blur", "test-blur", "output"], [(0, 1), (1, 2), (2, 3)])
    rows = [[blur, cells[1]], [cells[1], blur]]
    ranks = fade_ranks(rows, skeleton, digits().train, BilevelRecipe(4, warm_up=2), seeds=[0, 1])
    assert ranks.best() == (1, 0)


KILLED = """
import sys, time
from pathlib import Path
from archgraph import spaces
from supernet.hyper.recipe import BilevelRecipe
from supernet.hyper.trainings import train_hypers
from supernet.images.datasets import digits
from archgraph.networks.skeleton import Skeleton
cells = [spaces.get("dag").from_native(native) for native in ("2:0-1", "3:0-1,0-2", "4:0-1,1-2,2-3")]
def monitor(epoch, losses, alphas):
    print(epoch, flush=True)
    time.sleep(float(sys.argv[2]))
frame, seeds = Skeleton((1, 8, 8), 10, (4, 8), (2, 2)), [int(seed) for seed in sys.argv[3:]]
trained = train_hypers([cells] * 2, frame, digits().limit_train(256).train, BilevelRecipe(epochs=6, warm_up=1), seeds,
                       Path(sys.argv[1]), monitor)
print([alpha.tolist() for hyper, _ in trained for alpha in hyper.alphas])
"""


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [["3"], ["3", "4", "5"]], ids=["alone", "side by side"])
def test_a_training_killed_in_the_middle_ends_with_the_same_ranks_bit_for_bit(seeds, tmp_path):
    def start(name, pause):
        arguments = [sys.executable, "-c", KILLED, str(tmp_path / name), str(pause), *seeds]
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})

    whole, _ = start("whole", 0).communicate(timeout=300)
    killed = start("killed", 0.5)
    for line in killed.stdout:
        if line.startswith("3"):
            time.sleep(0.2)
            killed.send_signal(signal.SIGKILL)
            break
    killed.wait()
    again, _ = start("killed", 0).communicate(timeout=300)
    assert again.splitlines()[0] in ("3", "4")
    assert again.splitlines()[-1] == whole.splitlines()[-1]


def test_without_a_seed_nothing_is_trained(cells, skeleton, small_digits):
    from archgraph.networks.macro_skeleton import hyper_of

    with pytest.raises(InputError, match="give a seed for each training, at least one"):
        train_mixed(hyper_of(skeleton, [cells[:2]] * 2), small_digits.train, BilevelRecipe(1), [])
