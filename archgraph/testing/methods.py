"""The contract that every search method keeps, as a suite of tests to inherit.

    from archgraph.testing import MethodContract
    from search import open_study, run_study

    class TestMyMethod(MethodContract):
        def make(self):
            return MyMethod()

        def space(self):
            return OBJECTIVE.space

        def run(self, method, storage, seed, trials):
            study = open_study(storage, "contract", {"seed": seed}, OBJECTIVE.directions)
            run_study(study, method, OBJECTIVE, seed, lambda begun: len(begun) >= trials)
            return study

pytest then runs every test of the suite on the method; `OBJECTIVE` is an objective that costs little.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from archgraph.spaces.base import Space


class MethodContract(ABC):
    """Tests of one search method, on an objective of which `run` knows; the attributes bound the work.

    Attributes:
        trials: of each search; the space has more architectures than that.
        seeds: of the searches.
        stops: after how many trials a search is stopped and begun again.

    Example:
        >>> from archgraph.testing import MethodContract
        >>> from search import Problem, make, open_study, run_study
        >>> objective = Problem("dag:1-4", "table:cells.parquet:nodes").open()
        >>> class TestEvolution(MethodContract):
        ...     def make(self):
        ...         return make("evolution", self.space())
        ...     def space(self):
        ...         return objective.space
        ...     def run(self, method, storage, seed, trials):
        ...         study = open_study(storage, "contract", {"seed": seed}, objective.directions)
        ...         run_study(study, method, objective, seed, lambda begun: len(begun) >= trials)
        ...         return study
        >>> [name for name in dir(TestEvolution) if name.startswith("test_")][:1]
        ['test_a_method_goes_from_study_to_study']
    """

    trials = 12
    seeds = (0, 1, 2)
    stops = (1, 5, 8)
    _whole: dict[tuple[type, int], list[tuple[Any, ...]]] = {}  # noqa: RUF012  searches of several tests, each done once

    @abstractmethod
    def make(self) -> Any:
        """The method under test, new: a `search.Method`."""

    @abstractmethod
    def space(self) -> Space:
        """The space that is searched."""

    @abstractmethod
    def run(self, method: Any, storage: str, seed: int, trials: int) -> Any:
        """Begin a study in a storage or go on with it, until it has so many trials; the `optuna.Study`.

        Args:
            method: what `make` gave.
            storage: URL of the storage, which holds this study alone.
            seed: of every random choice.
            trials: finished ones at the end, those of an earlier run counted in.
        """

    def record(self, folder: Path, *trials: int, seed: int = 0, method: Any = None) -> list[tuple[Any, ...]]:
        """What a search found that was stopped after each number of trials but the last: one row a trial.

        Args:
            method: goes through all parts of the search; a new one for each part where it is None.
        """
        storage = f"journal:{folder / f'{len(list(folder.iterdir()))}.log'}"
        for number in trials:
            study = self.run(self.make() if method is None else method, storage, seed, number)
        return [(t.user_attrs["architecture"], t.user_attrs["hash"], t.params, t.values) for t in study.trials]

    def whole(self, folder: Path, seed: int = 0) -> list[tuple[Any, ...]]:
        """What an uninterrupted search found."""
        key = type(self), seed
        if key not in self._whole:
            self._whole[key] = self.record(folder, self.trials, seed=seed)
        return self._whole[key]

    def test_a_seed_decides_all(self, tmp_path: Path) -> None:
        assert self.record(tmp_path, self.trials) == self.whole(tmp_path)

    def test_every_seed_finds_as_many_as_asked_for(self, tmp_path: Path) -> None:
        for seed in self.seeds:
            found = self.whole(tmp_path, seed)
            assert len(found) == self.trials
            assert all(values is not None for _, _, _, values in found)

    def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(self, tmp_path: Path) -> None:
        assert self.record(tmp_path, *self.stops, self.trials) == self.whole(tmp_path)

    def test_a_method_goes_from_study_to_study(self, tmp_path: Path) -> None:
        """All that it knows is in the study: what it remembers of another one changes nothing."""
        method = self.make()
        self.record(tmp_path, self.trials, seed=1, method=method)
        assert self.record(tmp_path, self.trials, method=method) == self.whole(tmp_path)

    def test_proposals_are_members_of_the_space(self, tmp_path: Path) -> None:
        space = self.space()
        for native, key, _, _ in self.whole(tmp_path):
            graph = space.from_native(native)
            space.validate(graph)
            assert graph.canonical_hash() == key

    def test_no_architecture_is_paid_for_twice(self, tmp_path: Path) -> None:
        for seed in self.seeds:
            hashes = [key for _, key, _, _ in self.whole(tmp_path, seed)]
            assert len(set(hashes)) == len(hashes)
