"""Regularised evolution: the oldest die (Real et al., "Regularized Evolution for Image Classifier Architecture
Search", AAAI 2019)."""

from __future__ import annotations

import numpy as np

from archgraph.checks import check_whole
from archgraph.errors import InputError
from search.methods.base import Method, Proposal, walk
from search.methods.labels import Labels
from search.studies.history import History


class RegularisedEvolution(Method):
    """The best of a random sample of the youngest is mutated by one edit; where all its neighbours are known, by more.

    Args:
        population: the youngest that may be parents; as many are drawn at random first.
        sample: of them that compete to be the parent.

    Raises:
        InputError: a number makes no sense, or the sample is larger than the population.
    """

    def __init__(self, population: int = 20, sample: int = 5) -> None:
        check_whole(1, population=population, sample=sample)
        if sample > population:
            raise InputError(f"evolution draws a sample of 1 to the population's {population}, but got {sample}")
        self.population, self.sample = population, sample

    def propose(self, history: History, seed: int) -> Proposal:
        rng = np.random.default_rng(seed)
        labels = Labels.of(history, rng, self.population)
        if labels is None:
            return Proposal(history.architectures.draw(rng))
        rows, losses, _ = labels.targets()
        drawn = len(rows) - 1 - rng.choice(self.population, self.sample, replace=False)
        parent = int(rows[drawn[np.argmin(losses[drawn])]])
        return Proposal(walk(history.architectures, history, parent, rng))
