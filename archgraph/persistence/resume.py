"""Where a training stands, in one safetensors file: a stopped training goes on with the numbers of an unstopped one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from archgraph.errors import InputError
from archgraph.persistence.files import atomic_path

Weights = dict[str, Tensor]
TRAINING = "training"


@dataclass(frozen=True)
class Standing:
    """How far a training is.

    Args:
        step: finished steps.
        history: one row a look at the held-out graphs, [looks, columns] float64.
        best: the weights that did best on them.
    """

    step: int
    history: Tensor
    best: Weights


def save_standing(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, standing: Standing, training: str
) -> None:
    """Write it, with the weights, the optimiser's state and that of torch's CPU generator.

    Args:
        training: says which training this is.
    """
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in standing.best.items()}
    for number, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in moments.items()}
    tensors |= {"step": torch.tensor(standing.step), "history": standing.history, "random": torch.get_rng_state()}
    with atomic_path(path) as temporary:
        save_file(
            {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()},
            temporary,
            {TRAINING: training},
        )


def load_standing(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, training: str) -> Standing:
    """Put everything back.

    Raises:
        InputError: the file is damaged or of another training.
    """
    try:
        with safe_open(path, framework="pt") as file:
            if (file.metadata() or {}).get(TRAINING) != training:
                raise ValueError("it is of other graphs, settings or another seed")
        tensors = load_file(path)
        parts: dict[str, Weights] = {"model": {}, "best": {}, "optimizer": {}}
        for key, value in tensors.items():
            part, _, name = key.partition(".")
            if name:
                parts[part][name] = value
        model.load_state_dict(parts["model"])
        state: dict[int, Weights] = {}
        for key, value in parts["optimizer"].items():
            number, _, name = key.partition(".")
            state.setdefault(int(number), {})[name] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        torch.set_rng_state(tensors["random"])
        return Standing(int(tensors["step"]), tensors["history"], parts["best"])
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise InputError(f"{path} does not hold this training's state; remove it to start anew") from error
