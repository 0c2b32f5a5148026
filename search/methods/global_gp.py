"""The plain reference where the whole space can be scored: a Gaussian process on graph statistics."""

from __future__ import annotations

import numpy as np

from archgraph.checks import check_whole
from archgraph.errors import InputError
from encoders.delta.learners.gaussian_process import GaussianProcess
from search.feature_blocks import BLOCKS
from search.methods.base import Method, Proposal
from search.methods.bounded import FITTED, MOST, spread
from search.methods.labels import Labels
from search.methods.targets import expected_improvement
from search.studies.history import History


class GlobalProcess(Method):
    """Expected improvement of every member, absolute values, nothing of edits; of stopped trials an estimate counts.

    Args:
        start: random architectures first.
        block: of features that the process sees.
        most: labels that the process is given: all up to so many, of more the best half and some of the others; its
            hyper-parameters are fitted to 200 of them at most.

    Raises:
        InputError: it begins from too few, or there are no such features.

    Raises (when it is asked):
        InputError: the space is too large to be scored as a whole.
    """

    def __init__(self, start: int = 10, block: str = "statistics", most: int = MOST) -> None:
        if block not in BLOCKS:
            raise InputError(f"the process sees {' or '.join(BLOCKS)}, but got {block[:64]!r}")
        check_whole(2, start=start, most=most)
        self.start, self.block, self.most = start, block, most

    def propose(self, history: History, seed: int) -> Proposal:
        rng = np.random.default_rng(seed)
        candidates = history.unseen(history.architectures.all())
        labels = Labels.of(history, rng, self.start) if len(candidates) else None
        if labels is None:
            return Proposal(history.architectures.draw(rng))
        rows, targets, noise = labels.targets()
        some = spread(targets, self.most)
        features = history.architectures.features(rows[some], self.block)
        process = GaussianProcess.fit(
            features,
            targets[some],
            most=FITTED,
            counts=history.architectures.counts(self.block),
            noise=noise[some] if noise.any() else None,
        )
        best = process.mean(features).min() if noise.any() else targets.min()  # an estimate may lie below all seen
        mean, std = process.predict(history.architectures.features(candidates, self.block))
        return Proposal(int(candidates[np.argmax(expected_improvement(mean, std, best))]))
