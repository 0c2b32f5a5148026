"""The state of a training in one safetensors file: a stopped training goes on with the numbers of an unstopped one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from archgraph.errors import InputError
from archgraph.persistence.arrays import flatten, groups
from archgraph.persistence.files import atomic_path
from archgraph.persistence.same_settings import check_same_settings

_SETTINGS = "settings"


@dataclass(frozen=True)
class TrainingState:
    """Everything that a training changes, to be kept in a file and put back.

    On the CPU, a training that is saved after a step and loaded before the next one ends bit for bit as one that is
    never stopped.

    >>> state = TrainingState(path, model, {"weights": optimizer}, [torch.default_generator], {"seed": 0})
    >>> step = int(state.load().get("step", 0))
    >>> state.save({"step": torch.tensor(step + 1)})

    Args:
        path: the file.
        model: weights and buffers.
        optimizers: by name; the settings of their parameter groups, as the learning rate, are the caller's to set.
        generators: of all random numbers that the training draws.
        settings: what the training depends on, in JSON's values.
    """

    path: Path
    model: nn.Module
    optimizers: Mapping[str, torch.optim.Optimizer]
    generators: Sequence[torch.Generator]
    settings: Mapping[str, Any]

    def save(self, progress: Mapping[str, Any]) -> None:
        """Write the file, whole or not at all.

        Args:
            progress: how far the training is: tensors by name, or mappings of these.

        Raises:
            InputError: the file cannot be written.
        """
        tensors = flatten(
            {
                "model": self.model.state_dict(),
                "optimizers": {name: _moments(optimizer) for name, optimizer in self.optimizers.items()},
                "generators": dict(enumerate(generator.get_state() for generator in self.generators)),
                "progress": progress,
            }
        )
        held = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
        with atomic_path(self.path) as temporary:
            save_file(held, temporary, {_SETTINGS: json.dumps(self.settings)})

    def load(self) -> dict[str, Tensor]:
        """Put everything back and return the progress, flat as by `flatten`; empty where there is no file.

        Raises:
            InputError: the file is damaged, or of a training with other settings.
        """
        if not self.path.is_file():
            return {}
        try:
            with safe_open(self.path, "pt") as file:
                settings = (file.metadata() or {})[_SETTINGS]
                held = groups({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
            check_same_settings(settings, self.settings, f"training state {self.path}")
            self.model.load_state_dict(held["model"])
            optimizers = groups(held.get("optimizers", {}))
            for name, optimizer in self.optimizers.items():
                state = {int(number): moments for number, moments in groups(optimizers.get(name, {})).items()}
                optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
            for number, generator in enumerate(self.generators):
                generator.set_state(held["generators"][str(number)].clone())
            return held["progress"]
        except InputError:
            raise
        except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
            raise InputError(f"training state {self.path} is damaged; remove it to begin anew") from error


def _moments(optimizer: torch.optim.Optimizer) -> dict[int, dict[str, Tensor]]:
    """What an optimiser keeps of each parameter."""
    state: dict[int, dict[str, Any]] = optimizer.state_dict()["state"]
    return {
        number: {name: torch.as_tensor(value) for name, value in moments.items() if value is not None}
        for number, moments in state.items()
    }
