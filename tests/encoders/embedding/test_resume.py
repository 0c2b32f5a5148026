import dataclasses

import pytest
import torch

from archgraph import InputError
from encoders.embedding.pretrain import PretrainConfig, pretrain
from encoders.graph_network.network import GraphNetwork

CONFIG = PretrainConfig(latent=4, steps=12, batch_size=16, pairs=20, look_every=2, patience=20)


class StopAt:
    """Interrupts a training as soon as so many steps are done."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, done, losses):
        if done >= self.steps:
            raise KeyboardInterrupt


def train(space, members, **options):
    return pretrain(members, options.pop("config", CONFIG), options.pop("seed", 0), {space.name: space}, **options)


@pytest.mark.parametrize("steps", [2, 6, 11, 12])
def test_a_stopped_training_ends_bit_for_bit_as_an_unstopped_one(space, members, tmp_path, steps):
    whole = train(space, members)
    state = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(space, members, progress=StopAt(steps), state=state)
    seen = []
    resumed = train(space, members, progress=lambda done, losses: seen.append(done), state=state)
    assert min(seen, default=13) > steps // 2 * 2  # what was done is not done again
    assert resumed.curve == whole.curve
    for a, b in zip(whole.encoder.parameters(), resumed.encoder.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"config": dataclasses.replace(CONFIG, latent=6)},
        {"config": dataclasses.replace(CONFIG, noise=0.2)},
        {"start": GraphNetwork()},
    ],
)
def test_the_state_of_another_training_is_refused(space, members, tmp_path, other):
    state = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(space, members, progress=StopAt(2), state=state)
    with pytest.raises(InputError, match=r"was begun with other settings \((seed|latent|noise|start)[ )]"):
        train(space, members, state=state, **other)
    with pytest.raises(InputError, match="graphs"):
        train(space, members[1:], state=state)


def test_a_damaged_state_is_refused(space, members, tmp_path):
    state = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        train(space, members, progress=StopAt(2), state=state)
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(InputError, match="is damaged; remove it"):
        train(space, members, state=state)
