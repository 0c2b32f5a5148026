"""Where a training stands, in one safetensors file: a stopped training goes on with the numbers of an unstopped one."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from archgraph.errors import InputError
from archgraph.files import atomic_path

EPOCH, RANDOM, LOSS, RATE = "epoch", "random", "loss", "learning_rate"


def save_progress(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, epoch: int, loss: float) -> None:
    """Write weights, the optimiser's state, that of torch's CPU generator, and the number of finished epochs."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for number, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{number}.{name}": value for name, value in moments.items()}
    tensors[EPOCH] = torch.tensor(epoch)
    tensors[LOSS] = torch.tensor(loss, dtype=torch.float64)
    tensors[RATE] = torch.tensor(optimizer.param_groups[0]["lr"], dtype=torch.float64)
    tensors[RANDOM] = torch.get_rng_state()
    with atomic_path(path) as temporary:
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, temporary)


def load_progress(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[int, float]:
    """Put everything back and return the number of finished epochs and the last one's loss; 0 and 0 without a file.

    Raises:
        InputError: the file is damaged or of another training.
    """
    if not path.is_file():
        return 0, 0.0
    try:
        tensors = load_file(path)
        model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in tensors.items():
            if key.startswith("optimizer."):
                _, number, name = key.split(".")
                state.setdefault(int(number), {})[name] = value
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": state, "param_groups": groups})
        for group in optimizer.param_groups:
            group["lr"] = float(tensors[RATE])
        torch.set_rng_state(tensors[RANDOM])
        return int(tensors[EPOCH]), float(tensors[LOSS])
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise InputError(f"{path} does not hold this training's state; remove it to start anew") from error
