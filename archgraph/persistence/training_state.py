"""Where a training stands, in one safetensors file: a stopped training goes on with the numbers of an unstopped one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from archgraph.errors import InputError
from archgraph.persistence.files import atomic_path

Optimizers = Mapping[str, torch.optim.Optimizer]


def save_training(
    path: Path,
    model: nn.Module,
    optimizers: Optimizers,
    generators: Sequence[torch.Generator],
    epoch: int,
    losses: Sequence[float],
    settings: str,
) -> None:
    """Write weights, architecture parameters, optimisers, random state and the number of finished epochs."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    for key, optimizer in optimizers.items():
        for number, moments in optimizer.state_dict()["state"].items():
            values = {n: torch.as_tensor(v) for n, v in moments.items() if v is not None}
            tensors |= {f"optimizer.{key}.{number}.{n}": v for n, v in values.items()}
    tensors["random"] = torch.stack([generator.get_state() for generator in generators])
    tensors["epoch"] = torch.tensor(epoch)
    tensors["losses"] = torch.tensor(losses, dtype=torch.float64)
    held = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    with atomic_path(path) as temporary:
        save_file(held, temporary, {"settings": settings})


def load_training(
    path: Path, model: nn.Module, optimizers: Optimizers, generators: Sequence[torch.Generator], settings: str
) -> tuple[int, list[float]]:
    """Put everything back and return the number of finished epochs and the last losses; 0 and NaN without a file.

    Raises:
        InputError: the file is damaged or of another training.
    """
    if not path.is_file():
        return 0, [float("nan")] * len(generators)
    try:
        with safe_open(path, "pt") as file:
            held = (file.metadata() or {}).get("settings")
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if held != settings:
            raise InputError(f"{path} holds a training with other settings; remove it to start anew")
        model.load_state_dict({k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")})
        for key, optimizer in optimizers.items():
            _load_optimizer(optimizer, {k: v for k, v in tensors.items() if k.startswith(f"optimizer.{key}.")})
        for generator, random in zip(generators, tensors["random"], strict=True):
            generator.set_state(random.clone())
        return int(tensors["epoch"]), tensors["losses"].tolist()
    except InputError:
        raise
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise InputError(f"{path} does not hold this training's state; remove it to start anew") from error


def _load_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        _, _, number, moment = name.split(".")
        state.setdefault(int(number), {})[moment] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
