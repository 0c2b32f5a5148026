"""Evolution of cells by their ranks alone: by edits, of grammars by sub-trees."""

from __future__ import annotations

import numpy as np

from archgraph.seeds import derive_seed
from search.fade.cell_pool import Rows
from search.fade.past import Past
from search.fade.ranked import Ranked
from search.fade.strategies.base import State, Strategy

_TRIES = 32  # children until one is new in its row


class RankEvolution(Strategy):
    """The better half of each row's cells stays, the other half are their children; memory-less.

    Half of the children are crossed with a parent of any row before they are mutated by one edit, so that what is good
    in one row is tried in others. Parents stand among the candidates again, since ranks compare only what is trained
    together. It needs no embedding space but for its first cells, and leaves the encoder's members: edits are the
    space's own (`Space.mutate`, `Space.crossover`), on a grammar those of sub-trees. Parents by rank in place of values
    are a reconstruction.
    """

    keeps = ("parents",)

    def begin(self) -> State:
        return {"parents": [[]] * self.config.rows}

    def draw(self, state: State, past: Past, number: int, seed: int) -> Rows:
        rng = np.random.default_rng(derive_seed(seed, "evolution", number))
        parents = [[self.cells.named(name) for name in names] for names in state["parents"]]
        everywhere = [cell for row in parents for cell in row]
        return np.stack([self._row(row, own, everywhere, rng) for row, own in enumerate(parents)])

    def learn(self, state: State, ranked: Ranked) -> State:
        count = max(1, self.config.candidates // 2)
        best = [np.argsort(-logs, kind="stable")[:count] for logs in ranked.ranks.cells]
        return {"parents": [[names[i] for i in own] for names, own in zip(ranked.names, best, strict=True)]}

    def _row(self, row: int, parents: list[int], everywhere: list[int], rng: np.random.Generator) -> list[int]:
        """The candidates of a row, its parents first."""
        found = parents[: self.config.candidates // 2]
        for _ in range(_TRIES * self.config.candidates):
            if len(found) == self.config.candidates:
                return found
            child = self._child(row, parents, everywhere, rng) if parents else self.cells.sample(row, rng)
            if child not in found:
                found.append(child)
        return self.filled(found, row, rng)

    def _child(self, row: int, parents: list[int], everywhere: list[int], rng: np.random.Generator) -> int:
        first, second = int(rng.choice(parents)), int(rng.choice(everywhere))
        if second == first or rng.random() < 0.5:
            return self.cells.mutated(first, row, rng)
        return self.cells.mutated(self.cells.crossed(first, second, row, rng), row, rng)
