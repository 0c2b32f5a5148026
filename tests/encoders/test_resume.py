import pytest
import torch

from archgraph import InputError
from encoders.pretrain import PretrainConfig, pretrain

CONFIG = PretrainConfig(latent=3, epochs=6, batch_size=8)


class StopAfter:
    """Interrupts a training once so many epochs are done."""

    def __init__(self, epochs):
        self.epochs = epochs

    def __call__(self, done):
        if done == self.epochs:
            raise KeyboardInterrupt


@pytest.mark.parametrize("epochs", [1, 3, 5, 6])
def test_a_stopped_training_ends_bit_for_bit_as_an_unstopped_one(members, tmp_path, epochs):
    whole = pretrain(members, CONFIG, 0)
    state = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        pretrain(members, CONFIG, 0, progress=StopAfter(epochs), state=state)
    seen = []
    resumed = pretrain(members, CONFIG, 0, progress=seen.append, state=state)
    assert seen == list(range(epochs + 1, CONFIG.epochs + 1))
    assert resumed.metrics == whole.metrics
    for a, b in zip(whole.encoder.parameters(), resumed.encoder.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_damaged_state_or_one_of_another_training_is_refused(members, tmp_path):
    state = tmp_path / "state.safetensors"
    with pytest.raises(KeyboardInterrupt):
        pretrain(members, CONFIG, 0, progress=StopAfter(1), state=state)
    with pytest.raises(InputError, match="remove it to start anew"):
        pretrain(members, PretrainConfig(latent=4), 0, state=state)
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(InputError, match="remove it to start anew"):
        pretrain(members, CONFIG, 0, state=state)
