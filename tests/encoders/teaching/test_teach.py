import numpy as np
import pytest
import torch

from archgraph.errors import InputError
from encoders.teaching.lessons import lessons
from encoders.teaching.teach import LessonConfig, teach

SMALL = LessonConfig(hidden=16, layers=1, steps=6, batch_size=32, look_every=2)


@pytest.fixture(scope="module")
def read():
    return lessons(["nasbench101", "dag:1-3"], sample=300, seed=0)


class Stopped(Exception):
    pass


def test_a_network_learns_what_is_known(read):
    config = LessonConfig(hidden=32, layers=2, steps=150, batch_size=64, look_every=50)
    seen = []
    taught = teach(read[:1], config, 0, progress=lambda step, losses: seen.append((step, losses["loss"])))
    assert [step for step, _ in seen] == [50, 100, 150]
    assert seen[-1][1] < seen[0][1]
    assert taught.errors["nasbench101"] < 0.6
    assert taught.graphs["nasbench101"] == len(read[0]) - len(read[0]) // 50


def test_a_stopped_training_goes_on_bit_for_bit(read, tmp_path):
    state = tmp_path / "state.safetensors"

    def stop(step, losses):
        if step == 4:
            raise Stopped

    with pytest.raises(Stopped):
        teach(read, SMALL, 0, progress=stop, state=state)
    assert state.exists()
    resumed, whole = teach(read, SMALL, 0, state=state), teach(read, SMALL, 0)
    assert resumed.errors == whole.errors
    for one, other in zip(resumed.network.parameters(), whole.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_training_with_other_settings_does_not_go_on(read, tmp_path):
    state = tmp_path / "state.safetensors"
    teach(read, SMALL, 0, state=state)
    with pytest.raises(InputError, match="state"):
        teach(read, SMALL, 1, state=state)


def test_the_seed_says_everything(read):
    first, again, other = (teach(read[:1], SMALL, seed).network.read(read[0].table) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not np.allclose(first, other)


def test_nothing_to_learn_is_refused():
    with pytest.raises(InputError, match="graphs that differ"):
        teach([], SMALL, 0)
