"""An ensemble of different kinds of learners, weighted by how much each errs on labels that it was not given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from archgraph.seeds import derive_seed
from encoders.delta.learners.networks import DeltaNetworks, train_side_by_side
from encoders.delta.learners.subspaces import Subspaces
from encoders.delta.learners.trees import BoostedTrees

USUAL = (0.5, 0.3, 0.2)
"""What processes, trees and networks count for if they err alike; with the next two, chosen on validation labels."""
_SHARPNESS = 16  # power of the mean absolute errors by which learners count for less
_BELIEF = 30.0  # labels' worth of belief that all learners err alike
_FOLDS = 5
_MANY = 600  # labels beyond which one fold tells the errors well enough
_FEW, _MOST = 300, 1000  # trees for few labels and for many
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ensemble:
    """Processes, trees and networks that learn the same scores (reconstruction).

    Attributes:
        subspaces, trees, networks: the learners.
        weights: what each kind counts for, [3], with sum 1.
    """

    subspaces: Subspaces
    trees: tuple[BoostedTrees, ...]
    networks: DeltaNetworks
    weights: Floats

    @classmethod
    def fit(
        cls,
        x: NDArray[np.float32],
        normal: NDArray[np.float32],
        y: Floats,
        core: Sequence[int],
        seed: int,
        device: str = "cpu",
    ) -> Ensemble:
        """Learners of targets [N], given features [N, F] and their normal scores [N, F].

        Args:
            x: features, which trees and networks read.
            normal: their normal scores, which processes read.
            y: targets, in random order and of variance about 1.
            core: as for `Subspaces.fit`.
            seed: of every random choice.
            device: where the networks are trained.
        """

        def learned(networks: DeltaNetworks, rows: Mask, processes: int, forests: int) -> Ensemble:
            """The learners of some labels, so many of each kind, before their errors are known."""
            own, goal = x[rows], y[rows]
            trees = int(np.clip(len(goal), _FEW, _MOST))
            seeds = [derive_seed(seed, "trees", i) % (1 << 31) for i in range(forests)]
            return cls(
                Subspaces.fit(normal[rows], goal, seed, core, most=processes),
                tuple(BoostedTrees.fit(own, goal, s, trees=trees) for s in seeds),
                networks,
                np.array(USUAL),
            )

        folds, every = list(held_out(len(y))), np.ones(len(y), dtype=np.bool_)
        errors: list[Floats] = []
        for held, networks in zip(folds, _trained(x, y, [~held for held in folds], 2, seed, device), strict=True):
            half = learned(networks, ~held, processes=4, forests=1)
            errors.append(np.abs(half.predictions(x[held], normal[held], half.embed(x[held])[0]) - y[held]))
        [networks] = _trained(x, y, [every], 8, seed, device)
        full = learned(networks, every, processes=16, forests=2)
        return cls(full.subspaces, full.trees, full.networks, weights_of(np.concatenate(errors, axis=1)))

    def embed(self, x: NDArray[np.float32]) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores [networks, M] and contexts [networks, M, C] that the networks give to features [M, F]."""
        return self.networks.embed(torch.from_numpy(x))

    def predictions(self, x: NDArray[np.float32], normal: NDArray[np.float32], scores: torch.Tensor) -> Floats:
        """What each kind of learner says, [3, M]; `scores` are those of `embed`."""
        trees = np.mean([tree.predict(x) for tree in self.trees], axis=0)
        return np.stack([self.subspaces.mean(normal), trees, scores.double().mean(0).numpy()])


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


def weights_of(errors: Floats) -> Floats:
    """What learners with absolute errors [learners, labels] count for, [learners]."""
    mean = errors.mean(axis=1)
    believed = (errors.shape[1] * mean + _BELIEF * mean.mean()) / (errors.shape[1] + _BELIEF)
    weights = np.array(USUAL) * (believed.clip(1e-12) / believed.min().clip(1e-12)) ** -_SHARPNESS
    return weights / weights.sum()
