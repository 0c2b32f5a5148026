"""A search around a trained network that pays: fewer multiply-adds at equal accuracy, weights inherited.

    python tests/benchmarks/bench_module_search.py OUT.jsonl [--seeds 5] [--trials 40]

A ResNet-8-like network (He et al. 2016, three residual stages) is trained on the digits. Its space is searched by
evolution under a limit of multiply-adds, each trial a short training (2 epochs) with inherited weights, judged by the
validation loss. The winner, members drawn at random that cost as much (0.8 to 1 of the limit), and the network scaled
uniformly in all widths to at most the limit inherit weights in the same way and are trained for the same 10 epochs; the
test part is looked at then alone. One seed is one trained network, one search and one draw.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

from archgraph import spaces
from search.objectives.base import Architecture
from search.objectives.tune import TuneObjective
from search.problem import Problem, Search, best_of, run_search
from supernet.images.datasets import load_images
from supernet.imported.space import from_module
from supernet.standalone.training import Recipe
from supernet.standalone.tuning import tune

SHARES = (1.0, 0.25, 0.375, 0.5, 0.625, 0.75)
FINAL = Recipe(epochs=10, learning_rate=2e-3)


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


def one(seed: int, trials: int, share: float, data_name: str, folder: Path) -> dict:
    torch.manual_seed(seed)
    images = load_images(data_name)
    module = resnet8(images.shape[0], images.classes)
    teacher = tune(module, images, Recipe(epochs=20), seed)
    file = folder / f"resnet8_{seed}_{int(100 * share)}.yaml"
    from_module(module, (1, *images.shape), file)
    file.write_text(with_widths(file.read_text()))
    space = spaces.get(f"module:{file}")
    objective = TuneObjective(space, images, FINAL)
    whole = space.from_native("0" * len(space.options))
    full = objective.costs.counted(whole, "flops")["flops"]
    limit = share * full
    problem = Problem.of(
        space.name,
        f"tune:{data_name}",
        limits={"flops": limit},
        recipe={"epochs": 2, "learning_rate": 1e-3},
        device="cpu",
    )
    found = best_of(run_search(problem, Search("evolution"), trials, seed=seed))["architecture"]

    def score(native: str) -> dict:
        figures = objective.trained(Architecture(native, ""), [seed])
        flops = objective.costs.counted(space.from_native(native), "flops")["flops"]
        return {"test": float(figures.test_accuracy[0]), "flops": flops / full}

    rng = np.random.default_rng(seed)
    drawn: list[str] = []
    while len(drawn) < 3:
        [graph] = space.sample(1, rng)
        cost = objective.costs.counted(graph, "flops")["flops"]
        if 0.8 * limit <= cost <= limit:
            drawn.append(space.to_native(graph))
    uniform = [scaled(space, k) for k in range(len(SHARES))]
    fits = [
        native for native in uniform if objective.costs.counted(space.from_native(native), "flops")["flops"] <= limit
    ]
    best = max(fits, key=lambda native: objective.costs.counted(space.from_native(native), "flops")["flops"])
    randoms = [score(native) for native in drawn]
    return {
        "seed": seed,
        "limit": share,
        "original": {"test": float(teacher.test_accuracy[0]), "flops": 1.0},
        "search": score(found),
        "uniform": score(best),
        "random": {key: float(np.mean([row[key] for row in randoms])) for key in ("test", "flops")},
        "architecture": found,
    }


def scaled(space: spaces.Space, number: int) -> str:
    """The native form of the member whose widths are all the one of this number, the largest first."""
    code = [
        min(number, len(values) - 1) if name.endswith((".width", ".inner")) else 0
        for name, values in space.choices.items()
    ]
    return "".join(map(str, code))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--dataset", default="digits")
    given = parser.parse_args()
    torch.set_num_threads(1)
    done = {json.loads(line)["seed"] for line in given.out.read_text().splitlines()} if given.out.exists() else set()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(given.seeds):
            if seed not in done:
                row = one(seed, given.trials, given.share, given.dataset, Path(folder))
                with given.out.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                print(row, flush=True)


if __name__ == "__main__":
    main()
