import pytest
import torch
from torch import nn

from archgraph import InputError
from archgraph.persistence.training_state import TrainingState

OPTIMIZERS = {
    "adam": lambda parameters: torch.optim.Adam(parameters, 0.1, fused=True),
    "momentum": lambda parameters: torch.optim.SGD(parameters, 0.1, 0.9),
    "plain": lambda parameters: torch.optim.SGD(parameters, 0.1),
}


class Training:
    """A small network with buffers, two optimisers and two generators."""

    def __init__(self, path, optimizer="adam", settings=None, width=3):
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(4, width), nn.BatchNorm1d(width))
        parts = {"weights": self.model[0].parameters(), "norms": self.model[1].parameters()}
        self.optimizers = {name: OPTIMIZERS[optimizer](part) for name, part in parts.items()}
        self.generators = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
        self.state = TrainingState(path, self.model, self.optimizers, self.generators, settings or {"seed": 0})
        self.losses = []

    def steps(self, count):
        for _ in range(count):
            images, noise = (torch.randn(8, 4, generator=generator) for generator in self.generators)
            loss = self.model(images + noise).square().sum()
            self.model.zero_grad()
            loss.backward()
            for optimizer in self.optimizers.values():
                optimizer.step()
            self.losses.append(loss.item())
        return self.losses


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_stopped_training_goes_on_bit_for_bit(optimizer, tmp_path):
    path = tmp_path / "state.safetensors"
    whole = Training(path, optimizer)
    assert whole.state.load() == {}
    whole.steps(5)
    stopped = Training(path, optimizer)
    losses = torch.tensor(stopped.steps(3), dtype=torch.float64)
    stopped.state.save({"step": torch.tensor(3), "losses": losses, "best": {"0.weight": torch.ones(2)}})
    again = Training(path, optimizer)
    again.generators[0].manual_seed(9)
    progress = again.state.load()
    assert int(progress["step"]) == 3
    assert torch.equal(progress["best.0.weight"], torch.ones(2))
    assert progress["losses"].tolist() + again.steps(2) == whole.losses
    for name, value in whole.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[name], value), name


def test_a_state_of_other_settings_changes_nothing_and_says_which(tmp_path):
    path = tmp_path / "state.safetensors"
    Training(path).state.save({"step": torch.tensor(1)})
    other = Training(path, settings={"seed": 1})
    other.steps(1)
    before = {name: value.clone() for name, value in other.model.state_dict().items()}
    with pytest.raises(InputError, match=r"training state .*was begun with other settings \(seed 0, not 1\)"):
        other.state.load()
    assert all(torch.equal(other.model.state_dict()[name], value) for name, value in before.items())


@pytest.mark.parametrize("damage", [lambda held: held[:200], lambda held: b"broken", lambda held: b""])
def test_a_damaged_state_is_refused(damage, tmp_path):
    path = tmp_path / "state.safetensors"
    Training(path).state.save({"step": torch.tensor(1)})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match="is damaged; remove it to begin anew"):
        Training(path).state.load()


def test_a_state_of_another_network_is_refused(tmp_path):
    path = tmp_path / "state.safetensors"
    Training(path).state.save({"step": torch.tensor(1)})
    with pytest.raises(InputError, match="is damaged; remove it to begin anew"):
        Training(path, width=5).state.load()
    with pytest.raises(InputError, match="cannot write"):
        Training(tmp_path / "missing" / "state").state.save({})
