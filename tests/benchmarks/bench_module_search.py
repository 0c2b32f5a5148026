"""A search around a trained network that pays: fewer multiply-adds at equal accuracy, weights inherited.

    python tests/benchmarks/bench_module_search.py IMAGES OUT.jsonl [--scale 0.5] [--seeds 5] [--method local]

A ResNet-8-like network (He et al. 2016, three residual stages) is trained on 5,000 images of IMAGES (`hf:DIR`, scaled
to 16x16). The limit is what the network costs with all widths scaled uniformly. Its space is searched below that limit
as `archgraph search` does; each trial is a short training (2 epochs) from inherited weights, judged by
the validation loss. The three best are trained for 10 epochs, and the best of these by its validation loss wins. The
winner, the uniformly scaled network and three members drawn at random that cost .9 to 1 of the limit inherit weights in
the same way and are trained by the same recipe for 10 epochs, with new seeds; only then is the test part looked at. One
seed is one trained network, one search and one draw.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from optuna.storages import InMemoryStorage
from torch import nn

from archgraph import spaces
from search.objectives.base import Architecture
from search.objectives.tune import TuneObjective
from search.problem import Problem, Search
from search.run import run_search
from search.studies.study import ARCHITECTURE
from supernet.images.datasets import load_images
from supernet.imported.space import from_module
from supernet.standalone.training import Recipe
from supernet.standalone.tuning import tune

SHARES = (1.0, 0.25, 0.375, 0.5, 0.625, 0.75)
SHORT = Recipe(epochs=2, augment=True)
FINAL = replace(SHORT, epochs=10)
TEACHER = replace(SHORT, epochs=30)
TRAINED = 5000
FINALISTS = 3


class Residual(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        same = stride == 1 and inputs == outputs
        self.short = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.short(x))


def resnet8(channels: int = 1, classes: int = 10, width: int = 16) -> nn.Module:
    stem = (nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
    stages = (Residual(width, width, 1), Residual(width, 2 * width, 2), Residual(2 * width, 4 * width, 2))
    return nn.Sequential(*stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4 * width, classes))


def with_widths(text: str) -> str:
    """The file with more widths to choose from, and without functions that the network has not."""

    def more(match: re.Match[str]) -> str:
        now = int(match[2])
        return f"{match[1]}: {sorted({max(4, int(now * share / 4) * 4) for share in SHARES}, reverse=True)}"

    text = re.sub(r"(width|inner): \[(\d+)[^\]]*\]", more, text)
    return re.sub(r", (activation|groups): \[[^\]]*\]", "", text)


def one(seed: int, method: str, trials: int, scale: float, data: str, size: int, folder: Path) -> dict:
    torch.manual_seed(seed)
    images = load_images(data, size=size).limit_train(TRAINED)
    module = resnet8(images.shape[0], images.classes)
    teacher = tune(module, images, TEACHER, seed)
    file = folder / f"resnet8_{seed}.yaml"
    from_module(module, (1, *images.shape), file)
    file.write_text(with_widths(file.read_text()))
    space = spaces.get(f"module:{file}")
    objective = TuneObjective(space, images, FINAL)

    def flops(native: str) -> float:
        return objective.costs.counted(space.from_native(native), "flops")["flops"]

    full = flops("0" * len(space.options))
    uniform = scaled(space, scale)
    limit = flops(uniform)
    problem = Problem.of(
        space.name,
        f"tune:{data}",
        limits={"flops": limit},
        recipe=asdict(SHORT),
        device="cpu",
        size=size,
        train_size=TRAINED,
    )
    tried = searched(problem, method, trials, seed)
    losses = [float(objective.trained(Architecture(native, ""), [500 + seed]).validation_loss[0]) for native in tried]
    found = tried[int(np.argmin(losses))]

    def score(native: str) -> dict:
        figures = objective.trained(Architecture(native, ""), [1000 + seed])
        return {"test": float(figures.test_accuracy[0]), "flops": flops(native) / full}

    rng = np.random.default_rng(seed)
    drawn: list[str] = []
    while len(drawn) < 3:
        [graph] = space.sample(1, rng)
        if 0.9 * limit <= flops(native := space.to_native(graph)) <= limit:
            drawn.append(native)
    randoms = [score(native) for native in drawn]
    return {
        "seed": seed,
        "scale": scale,
        "method": method,
        "original": {"test": float(teacher.test_accuracy[0]), "flops": 1.0},
        "original, trained on": score("0" * len(space.options)),
        "search": score(found),
        "validation losses": losses,
        "tried": tried,
        "uniform": score(uniform),
        "random": {key: float(np.mean([row[key] for row in randoms])) for key in ("test", "flops")},
        "architecture": found,
    }


def searched(problem: Problem, method: str, trials: int, seed: int) -> list[str]:
    """The best members of a search, best first."""
    study = run_search(problem, Search(method), trials, InMemoryStorage(), "search", seed)
    done = sorted((t for t in study.get_trials(deepcopy=False) if t.values), key=lambda trial: trial.values[0])
    return [trial.user_attrs[ARCHITECTURE] for trial in done[:FINALISTS]]


def scaled(space: spaces.Space, share: float) -> str:
    """The native form of the member all of whose widths are this share of the network's."""
    chosen = {name: values[0] for name, values in space.choices.items()}
    for name in chosen:
        if name.endswith((".width", ".inner")):
            chosen[name] = int(chosen[name] * share)
    graph = space.from_choices(chosen)
    assert graph is not None, f"no member has widths of {share}"
    return space.to_native(graph)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("images")
    parser.add_argument("out", type=Path)
    parser.add_argument("--scale", type=float, default=0.5, choices=(0.25, 0.5, 0.75))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--method", default="local")
    parser.add_argument("--size", type=int, default=16)
    given = parser.parse_args()
    torch.set_num_threads(1)
    rows = [json.loads(line) for line in given.out.read_text().splitlines()] if given.out.exists() else []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.seeds):
            done = [(row["seed"], row["scale"], row["method"]) for row in rows]
            if (seed, given.scale, given.method) not in done:
                row = one(seed, given.method, given.trials, given.scale, given.images, given.size, Path(folder))
                with given.out.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                print(row, flush=True)


if __name__ == "__main__":
    main()
