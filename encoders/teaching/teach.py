"""Pre-training of the graph network: to predict of graphs of many spaces at once what is known of them for nothing.

Hand-made features are thereby what the network starts from; what there is to read beyond them, labels teach it
(reconstruction).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from archgraph.checks import check_positive, check_whole
from archgraph.errors import InputError
from archgraph.persistence.training_state import TrainingState
from archgraph.seeds import derive_seed, seeded
from encoders.graph_network.graphs import DenseGraphs, batches
from encoders.graph_network.network import GraphNetwork
from encoders.teaching.lessons import Lesson

Progress = Callable[[int, dict[str, float]], None]
"""Is given the steps that are done and the mean loss since the last look."""
_HELD_OUT, _MOST_HELD_OUT = 0.02, 1000  # share, and number, of a lesson's graphs that are only measured on
_FEWEST, _CELL = 4, 11  # graphs of a lesson in a batch, however long they are; nodes from which there are fewer
_CLIP = 0.1  # norm of the gradients at most


@dataclass(frozen=True)
class LessonConfig:
    """Settings of the pre-training.

    Args:
        hidden, layers: of the network.
        steps: mini-batches; each holds graphs of every lesson, by the root of its number of graphs. Batches of one
            lesson after another would take back what each taught: errors are three times as large.
        batch_size: graphs in a batch, if all were cells; of longer graphs there are fewer.
        learning_rate: of AdamW; it rises over a tenth of the steps and falls to zero by a cosine.
        weight_decay: of AdamW.
        look_every: steps between two looks, after each of which the training can go on.

    Raises:
        InputError: a number makes no sense.
    """

    hidden: int = 64
    layers: int = 3
    steps: int = 6000
    batch_size: int = 384
    learning_rate: float = 1e-2
    weight_decay: float = 0.05
    look_every: int = 250

    def __post_init__(self) -> None:
        check_whole(1, steps=self.steps, batch_size=self.batch_size, look_every=self.look_every)
        check_positive(learning_rate=self.learning_rate, weight_decay=self.weight_decay)


@dataclass(frozen=True)
class Taught:
    """What pre-training gives.

    Attributes:
        network: the network.
        errors: mean squared error on held-out graphs, by name of the lesson; 1 is what a constant reaches.
        graphs: how many it learned from, by name of the lesson.
    """

    network: GraphNetwork
    errors: dict[str, float]
    graphs: dict[str, int]


def teach(
    lessons: Sequence[Lesson],
    config: LessonConfig,
    seed: int,
    device: torch.device | str = "cpu",
    progress: Progress = lambda steps, losses: None,
    state: Path | None = None,
) -> Taught:
    """Pre-train a network on lessons; a lesson counts by the root of its number of graphs.

    Args:
        lessons: one at least, each of graphs that differ.
        config: sizes and steps.
        seed: of every random choice.
        device: where it is trained; the network comes back to the CPU.
        progress: given the steps done and the loss, as a look is taken.
        state: file in which a stopped training finds where it was; on the CPU it goes on bit for bit.

    Raises:
        InputError: there is nothing to learn, or `state` is damaged or of another training.
    """
    if not lessons or not all(lesson.targets.shape[1] for lesson in lessons):
        raise InputError("a network is pre-trained on graphs that differ")
    with seeded(derive_seed(seed, "teach")):
        training = _Teaching(lessons, config, seed, device)
        training.run(progress, state)
    training.model.eval()
    errors = training.held_out_errors()
    graphs = {part.lesson.name: len(part.kept) for part in training.parts}
    return Taught(training.network.cpu(), errors, graphs)


@dataclass(frozen=True)
class _Taken:
    """A lesson, which of its graphs are learned from, what it counts for, and how many of it a batch holds."""

    lesson: Lesson
    kept: NDArray[np.intp]
    held_out: NDArray[np.intp]
    share: float
    size: int

    @classmethod
    def of(cls, lesson: Lesson, share: float, batch_size: int, seed: int) -> _Taken:
        order = np.random.default_rng(derive_seed(seed, "held out", lesson.name)).permutation(len(lesson))
        aside = min(max(1, int(_HELD_OUT * len(lesson))), _MOST_HELD_OUT)
        nodes = float(np.mean(lesson.table.graph_sizes))
        size = max(_FEWEST, round(min(1.0, _CELL / nodes) * share * batch_size))
        return cls(lesson, order[aside:], order[:aside], share, size)


class _Teaching:
    """The network, a linear head for each lesson, and the loss of a batch."""

    def __init__(self, lessons: Sequence[Lesson], config: LessonConfig, seed: int, device: torch.device | str) -> None:
        self.config, self.device, self.seed = config, device, seed
        roots = [len(lesson) ** 0.5 for lesson in lessons]
        self.parts = [
            _Taken.of(lesson, root / sum(roots), config.batch_size, seed)
            for lesson, root in zip(lessons, roots, strict=True)
        ]
        self.network = GraphNetwork(config.hidden, config.layers)
        self.heads = nn.ModuleList(nn.Linear(self.network.readout, part.lesson.targets.shape[1]) for part in self.parts)
        self.model = nn.ModuleList([self.network, *self.heads]).to(device)

    def run(self, progress: Progress, file: Path | None) -> None:
        config = self.config
        rate, decay = config.learning_rate, config.weight_decay
        optimizer = torch.optim.AdamW(self.model.parameters(), rate, weight_decay=decay, fused=True)
        done, state = 0, None
        if file is not None:
            held = {part.lesson.name: list(part.lesson.targets.shape) for part in self.parts}
            settings = {**asdict(config), "seed": self.seed, "lessons": held}
            state = TrainingState(file, self.model, {"adamw": optimizer}, [torch.default_generator], settings)
            done = int(state.load().get("step", 0))
        total = 0.0
        for step in range(done, config.steps):
            for group in optimizer.param_groups:
                group["lr"] = rate * _schedule(step / config.steps)
            optimizer.zero_grad()
            for number, part in enumerate(self.parts):
                rows = part.kept[torch.randint(len(part.kept), (part.size,)).numpy()]
                loss = self.loss(number, rows) * part.share
                loss.backward()
                total += float(loss.detach())
            nn.utils.clip_grad_norm_(self.model.parameters(), _CLIP)
            optimizer.step()
            if (step + 1) % config.look_every == 0 or step + 1 == config.steps:
                progress(step + 1, {"loss": total / ((step - done) % config.look_every + 1)})
                total = 0.0
                if state:
                    state.save({"step": torch.tensor(step + 1)})

    def loss(self, number: int, rows: NDArray[np.intp]) -> Tensor:
        """Mean squared error of a lesson on some of its graphs."""
        lesson = self.parts[number].lesson
        graphs = DenseGraphs.of(lesson.table.columns.take(rows), lesson.effective, self.device)
        wanted = torch.from_numpy(lesson.targets[rows]).to(self.device)
        return (self.heads[number](self.network(graphs)) - wanted).square().mean()

    @torch.no_grad()
    def held_out_errors(self) -> dict[str, float]:
        found = {}
        for number, part in enumerate(self.parts):
            sizes = np.asarray(part.lesson.table.graph_sizes)[part.held_out]
            total = 0.0
            for chosen in batches(sizes):
                total += float(self.loss(number, part.held_out[chosen])) * len(chosen)
            found[part.lesson.name] = total / len(part.held_out)
        return found


def _schedule(share: float) -> float:
    """Factor of the learning rate after this share of the steps: up for a tenth of them, then down by a cosine."""
    return min(1.0, share / 0.1 + 1e-3) * 0.5 * (1 + math.cos(math.pi * share))
