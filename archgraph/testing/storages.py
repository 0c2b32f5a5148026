"""The contract that every storage of studies keeps, as a suite of tests to inherit.

    from archgraph.testing import StorageContract
    from search import open_study

    class TestMyStorage(StorageContract):
        def open(self, folder):
            return MyStorage(folder / "studies")

        def begin(self, storage, name, settings, directions):
            return open_study(storage, name, settings, directions)

pytest then runs every test of the suite on the storage.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from archgraph.testing.outcome import outcome

SETTINGS: dict[str, Any] = {"method": "random", "seed": 0, "settings": {"steps": [1, 2.5, None, True]}, "text": "é\n→"}
ATTRIBUTES: dict[str, Any] = {"architecture": "|x~0|+|é~0|", "hash": "0" * 64, "gmacs": 0.1 + 0.2, "list": [1, None]}
VALUES = (0.1 + 0.2, -1e-300, 1e300, 5e-324)


class StorageContract(ABC):
    """Tests of one storage of Optuna. `open` opens it, `begin` opens a study in it.

    Example:
        >>> import optuna
        >>> from archgraph.testing import StorageContract
        >>> from search import open_study
        >>> class TestSqlite(StorageContract):
        ...     def open(self, folder):
        ...         return optuna.storages.RDBStorage(f"sqlite:///{folder}/studies.db")
        ...     def begin(self, storage, name, settings, directions):
        ...         return open_study(storage, name, settings, directions)
        >>> [name for name in dir(TestSqlite) if name.startswith("test_")][:1]
        ['test_a_trial_ends_once']
    """

    @abstractmethod
    def open(self, folder: Path) -> Any:
        """The storage that lies in a folder, empty at first: an `optuna.storages.BaseStorage`, or its URL.

        Called several times it gives several handles of one storage, as several processes have them.
        """

    @abstractmethod
    def begin(self, storage: Any, name: str, settings: Mapping[str, Any], directions: Sequence[str]) -> Any:
        """Begin a study or go on with it; the `optuna.Study`.

        Raises:
            InputError: it was begun with other settings or directions.
        """

    def study(self, folder: Path, name: str = "first", **changed: Any) -> Any:
        """A study, by a new handle of the storage."""
        return self.begin(self.open(folder), name, SETTINGS | changed, ["minimize"])

    def test_trials_survive_reopening(self, tmp_path: Path) -> None:
        study = self.study(tmp_path)
        for value in VALUES:
            trial = study.ask()
            trial.suggest_categorical("choice", ["a", "é"])
            trial.suggest_float("number", -1, 1)
            trial.set_user_attr("held", ATTRIBUTES)
            study.tell(trial, value)
        assert _trials(self.study(tmp_path)) == _trials(study)
        assert [trial.value for trial in self.study(tmp_path).trials] == list(VALUES)
        assert self.study(tmp_path).trials[0].user_attrs["held"] == ATTRIBUTES

    def test_two_handles_see_each_others_trials(self, tmp_path: Path) -> None:
        first, second = self.study(tmp_path), self.study(tmp_path)
        numbers = []
        for study in (first, second, second, first):
            trial = study.ask()
            numbers.append(trial.number)
            study.tell(trial, float(trial.number))
            assert len(first.trials) == len(second.trials) == len(numbers)
        assert numbers == [0, 1, 2, 3]
        assert _trials(first) == _trials(second)

    def test_a_trial_that_runs_is_seen_as_such(self, tmp_path: Path) -> None:
        first, second = self.study(tmp_path), self.study(tmp_path)
        trial = first.ask()
        trial.set_user_attr("architecture", "x")
        [seen] = second.trials
        assert (seen.state.name, seen.user_attrs) == ("RUNNING", {"architecture": "x"})

    def test_a_trial_ends_once(self, tmp_path: Path) -> None:
        first, second = self.study(tmp_path), self.study(tmp_path)
        trial = first.ask()
        first.tell(trial, 1.0)
        with suppress(Exception):  # which one depends on Optuna's version
            second.tell(trial.number, 2.0)
        assert [t.value for t in self.study(tmp_path).trials] == [1.0]

    def test_studies_of_different_names_are_apart(self, tmp_path: Path) -> None:
        first, second = self.study(tmp_path), self.study(tmp_path, "second", seed=1)
        first.tell(first.ask(), 1.0)
        assert len(second.trials) == 0
        assert len(self.study(tmp_path).trials) == 1

    def test_settings_are_kept_as_they_are(self, tmp_path: Path) -> None:
        self.study(tmp_path)
        assert self.study(tmp_path).user_attrs["settings"] == SETTINGS

    def test_other_settings_and_directions_are_refused(self, tmp_path: Path) -> None:
        self.study(tmp_path)
        study, refusal = outcome(partial(self.study, tmp_path, seed=1))
        assert study is None
        assert "seed" in refusal
        study, refusal = outcome(partial(self.begin, self.open(tmp_path), "first", SETTINGS, ["maximize"]))
        assert study is None
        assert "minimize" in refusal


def _trials(study: Any) -> list[tuple[Any, ...]]:
    return [(t.number, t.state, t.values, t.params, t.distributions, t.user_attrs) for t in study.trials]
