"""An ensemble of different kinds of learners, weighted by how much each errs on labels that it was not given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from archgraph.seeds import derive_seed
from archgraph.table.table import ArchTable
from encoders.delta.learners.networks import DeltaNetworks, train_side_by_side
from encoders.delta.learners.subspaces import Subspaces
from encoders.delta.learners.trees import BoostedTrees
from encoders.delta.learners.tuned import Standard, TunedNetworks
from encoders.graph_network.network import GraphNetwork

USUAL = (0.5, 0.3, 0.2)
"""What processes, trees and networks count for if they err alike; with the next three, chosen on validation labels."""
TUNED = 0.5
"""What the pre-trained network counts for beside these, if it errs like them and there are many labels."""
_TAUGHT = 50  # labels from which on it counts for half of that or more: fewer do not show how much it errs elsewhere
_SHARPNESS = 16  # power of the mean absolute errors by which learners count for less
_BELIEF = 30.0  # labels' worth of belief that all learners err alike
_FOLDS = 5
_MANY = 600  # labels beyond which one fold tells the errors well enough
_FEW, _MOST = 300, 1000  # trees for few labels and for many
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class GraphLesson:
    """Labelled architectures, and the pre-trained network that is to learn them.

    Attributes:
        start: the pre-trained network.
        usual: what is usual of its readout, as of `standard`.
        table: the architectures, in the order of the labels.
        effective: whether it reads only what is on effective paths.
    """

    start: GraphNetwork
    usual: Standard
    table: ArchTable
    effective: bool

    def learned(self, rows: Mask, y: Floats, seed: int, fold: int | None, device: str) -> TunedNetworks:
        """What learned the architectures of `rows`, whose targets are `y`: all, or all but those of a fold."""
        chosen = self.table[np.flatnonzero(rows)]
        return TunedNetworks.fit(self.start, self.usual, chosen, y, self.effective, seed, fold, device)


@dataclass(frozen=True)
class HeldOut:
    """What learners say of labels that they were not given.

    Attributes:
        rows: numbers of the labels, [H].
        said: their scores, weighted as in the ensemble, [H].
    """

    rows: NDArray[np.intp]
    said: Floats


@dataclass(frozen=True)
class Ensemble:
    """Processes, trees, networks of differences and a pre-trained network that learn the same scores (reconstruction).

    Attributes:
        subspaces, trees, networks: the learners.
        weights: what each kind counts for, [kinds], with sum 1.
        tuned: the fourth kind, where there is a pre-trained network.
    """

    subspaces: Subspaces
    trees: tuple[BoostedTrees, ...]
    networks: DeltaNetworks
    weights: Floats
    tuned: TunedNetworks | None = None

    @classmethod
    def fit(
        cls,
        x: NDArray[np.float32],
        normal: NDArray[np.float32],
        y: Floats,
        core: Sequence[int],
        seed: int,
        device: str = "cpu",
        lesson: GraphLesson | None = None,
    ) -> tuple[Ensemble, HeldOut]:
        """Learners of targets [N], given features [N, F] and their normal scores [N, F]; and what they
        say of labels that they were not given.

        Args:
            x: features, which trees and networks read.
            normal: their normal scores, which processes read.
            y: targets, in random order and of variance about 1.
            core: as for `Subspaces.fit`.
            seed: of every random choice.
            device: where the networks are trained.
            lesson: the labelled architectures themselves, and a pre-trained network to read them with.
        """

        def learned(
            networks: DeltaNetworks, rows: Mask, processes: int, forests: int, tuned: TunedNetworks | None
        ) -> Ensemble:
            """The learners of some labels, so many of each kind, before their errors are known."""
            own, goal = x[rows], y[rows]
            trees = int(np.clip(len(goal), _FEW, _MOST))
            seeds = [derive_seed(seed, "trees", i) % (1 << 31) for i in range(forests)]
            return cls(
                Subspaces.fit(normal[rows], goal, seed, core, most=processes),
                tuple(BoostedTrees.fit(own, goal, s, trees=trees) for s in seeds),
                networks,
                usual(len(goal), tuned is not None),
                tuned,
            )

        folds, every = list(held_out(len(y))), np.ones(len(y), dtype=np.bool_)
        rows = np.concatenate([np.flatnonzero(held) for held in folds])
        said: list[Floats] = []
        parts: list[TunedNetworks] = []
        for held, networks in zip(folds, _trained(x, y, [~held for held in folds], 2, seed, device), strict=True):
            if lesson is not None:
                parts.append(lesson.learned(~held, y[~held], seed, len(parts), device))
            half = learned(networks, ~held, processes=4, forests=1, tuned=parts[-1] if parts else None)
            read = half.read(lesson.table[np.flatnonzero(held)]) if lesson is not None else None
            said.append(half.predictions(x[held], normal[held], half.embed(x[held])[0], read))
        [networks] = _trained(x, y, [every], 8, seed, device)
        tuned = (
            TunedNetworks.joined(parts, lesson.learned(every, y, seed, None, device)) if lesson is not None else None
        )
        full = learned(networks, every, processes=16, forests=2, tuned=tuned)
        weights = weights_of(np.abs(np.concatenate(said, axis=1) - y[rows]))
        return replace(full, weights=weights), HeldOut(rows, weights @ np.concatenate(said, axis=1))

    def embed(self, x: NDArray[np.float32]) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores [networks, M] and contexts [networks, M, C] that the networks give to features [M, F]."""
        return self.networks.embed(torch.from_numpy(x))

    def read(self, table: ArchTable) -> Floats | None:
        """What the pre-trained network says of architectures, [len(table)]; None where there is none."""
        return None if self.tuned is None else self.tuned.predict(table)

    def predictions(
        self, x: NDArray[np.float32], normal: NDArray[np.float32], scores: torch.Tensor, read: Floats | None = None
    ) -> Floats:
        """What each kind of learner says, [kinds, M]; `scores` are those of `embed`, `read` is what that gives."""
        trees = np.mean([tree.predict(x) for tree in self.trees], axis=0)
        found = [self.subspaces.mean(normal), trees, scores.double().mean(0).numpy()]
        return np.stack(found if read is None else [*found, read])


def _trained(
    x: NDArray[np.float32], y: Floats, parts: Sequence[Mask], learners: int, seed: int, device: str
) -> list[DeltaNetworks]:
    """So many networks for each of some parts of the labels; parts of the same size are trained side by side."""
    sizes = [int(rows.sum()) for rows in parts]
    found: dict[int, DeltaNetworks] = {}
    for size in sorted(set(sizes)):
        same = [number for number, other in enumerate(sizes) if other == size]
        inputs = torch.from_numpy(np.stack([x[parts[number]] for number in same]))
        targets = torch.from_numpy(np.stack([y[parts[number]] for number in same])).float()
        networks = train_side_by_side(inputs, targets, derive_seed(seed, "networks"), device, learners=learners)
        found |= dict(zip(same, networks, strict=True))
    return [found[number] for number in range(len(parts))]


def held_out(count: int) -> Iterator[Mask]:
    """The labels to hold back, a fold after another, [count] each; of many labels only the first fold."""
    folds = min(_FOLDS, count)
    for fold in range(folds if count <= _MANY else 1):
        yield np.arange(count) % folds == fold


def usual(labels: int, tuned: bool) -> Floats:
    """What each kind of learner counts for if all err alike, with a pre-trained network or without, [kinds]."""
    share = TUNED * labels / (labels + _TAUGHT) if tuned else 0.0
    return np.array([*((1 - share) * other for other in USUAL), *([share] if tuned else [])])


def weights_of(errors: Floats) -> Floats:
    """What learners with absolute errors [learners, labels] count for, [learners]."""
    mean = errors.mean(axis=1)
    believed = (errors.shape[1] * mean + _BELIEF * mean.mean()) / (errors.shape[1] + _BELIEF)
    usually = usual(errors.shape[1], len(errors) > len(USUAL))
    weights = usually * (believed.clip(1e-12) / believed.min().clip(1e-12)) ** -_SHARPNESS
    return weights / weights.sum()
