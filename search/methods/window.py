"""Studies in memory of which a sampler is shown a part, as if it were all."""

from __future__ import annotations

import copy
from collections.abc import Container, Sequence

from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial, TrialState


class Window(InMemoryStorage):
    """A study whose reader sees chosen trials and those that were begun since, until others are chosen.

    A sampler of Optuna reads all trials for each proposal; what it is shown here is all that it reads.

    Attributes:
        count: trials so far, seen or not.

    Example:
        >>> import optuna
        >>> from search.methods.window import Window
        >>> window = Window()
        >>> study = optuna.create_study(storage=window)
        >>> study.add_trials([optuna.create_trial(value=float(i)) for i in range(5)])
        >>> window.show([0, 3])
        >>> number = study.ask().number
        >>> [trial.number for trial in study.trials]
        [0, 3, 5]
    """

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._shown: tuple[list[int], int] | None = None  # numbers, and that from which on all are seen

    def show(self, numbers: Sequence[int]) -> None:
        """Show these trials alone, by number, and such as are begun from now on."""
        self._shown = list(numbers), self.count

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        self.count += 1
        return super().create_new_trial(study_id, template_trial)

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        if self._shown is None or states == (TrialState.WAITING,):  # these are few, and found without looking at all
            return super().get_all_trials(study_id, deepcopy, states)
        numbers, since = self._shown
        trials = super().get_all_trials(study_id, deepcopy=False)
        found = [*(trials[number] for number in numbers), *trials[since:]]
        found = [trial for trial in found if states is None or trial.state in states]
        return copy.deepcopy(found) if deepcopy else found
