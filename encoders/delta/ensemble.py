"""An ensemble of different kinds of learners, weighted by how much each errs on labels that it was not told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from archgraph.seeds import derive_seed
from encoders.delta.networks import DeltaNetworks, train_networks
from encoders.delta.subspaces import Subspaces
from encoders.delta.trees import BoostedTrees

USUAL = (0.5, 0.3, 0.2)
"""What processes, trees and networks count for if they err alike; with the next two, chosen on validation labels."""
_SHARPNESS = 16  # power of the mean absolute errors by which members count for less
_BELIEF = 30.0  # labels' worth of belief that all members err alike
_FOLDS = 5
_MANY = 600  # labels beyond which one fold tells the errors well enough
_FEW, _MOST = 300, 1000  # trees for few labels and for many
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ensemble:
    """Processes, trees and networks that learn the same scores (reconstruction).

    Attributes:
        subspaces, trees, networks: the members.
        weights: what the members count for, [3], with sum 1.
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
        """Members for targets [N], told features [N, F] and their normal scores [N, F].

        Args:
            x: features, which trees and networks read.
            normal: their normal scores, which processes read.
            y: targets, in random order and of variance about 1.
            core: as for `Subspaces.fit`.
            seed: of every random choice.
            device: where the networks are trained.
        """

        def learned(rows: slice | NDArray[np.bool_], processes: int, forests: int, networks: int) -> Ensemble:
            """The members from some labels, so many of each kind, before their errors are known."""
            own, scores, goal = x[rows], normal[rows], y[rows]
            seeds = [derive_seed(seed, "trees", i) % (1 << 31) for i in range(forests)]
            inputs, targets = torch.from_numpy(own), torch.from_numpy(goal).float()
            trees = int(np.clip(len(goal), _FEW, _MOST))
            return cls(
                Subspaces.fit(scores, goal, seed, core, most=processes),
                tuple(BoostedTrees.fit(own, goal, s, trees=trees) for s in seeds),
                train_networks(inputs, targets, derive_seed(seed, "networks"), device, members=networks),
                np.array(USUAL),
            )

        errors: list[Floats] = []
        for held in held_out(len(y)):
            half = learned(~held, processes=4, forests=1, networks=2)
            errors.append(np.abs(half.members(x[held], normal[held], half.embed(x[held])[0]) - y[held]))
        full = learned(slice(None), processes=16, forests=2, networks=8)
        return cls(full.subspaces, full.trees, full.networks, weights_of(np.concatenate(errors, axis=1)))

    def embed(self, x: NDArray[np.float32]) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores [networks, M] and contexts [networks, M, C] that the networks give to features [M, F]."""
        return self.networks.embed(torch.from_numpy(x))

    def members(self, x: NDArray[np.float32], normal: NDArray[np.float32], scores: torch.Tensor) -> Floats:
        """What each kind of member says, [3, M]; `scores` are those of `embed`."""
        trees = np.mean([tree.predict(x) for tree in self.trees], axis=0)
        return np.stack([self.subspaces.mean(normal), trees, scores.double().mean(0).numpy()])


def held_out(count: int) -> Iterator[NDArray[np.bool_]]:
    """The labels to hold back, a fold after another, [count] each; of many labels only the first fold."""
    folds = min(_FOLDS, count)
    for fold in range(folds if count <= _MANY else 1):
        yield np.arange(count) % folds == fold


def weights_of(errors: Floats) -> Floats:
    """What members with absolute errors [members, labels] count for, [members]."""
    mean = errors.mean(axis=1)
    believed = (errors.shape[1] * mean + _BELIEF * mean.mean()) / (errors.shape[1] + _BELIEF)
    weights = np.array(USUAL) * (believed.clip(1e-12) / believed.min().clip(1e-12)) ** -_SHARPNESS
    return weights / weights.sum()
