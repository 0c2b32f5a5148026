"""What an objective raises is a result."""

import pytest
import torch

from archgraph.errors import DivergedError
from search.objectives.attempts import evaluated, reason_of
from search.objectives.base import Architecture, Objective
from search.objectives.evaluation import Evaluation


class Raising(Objective):
    """What is raised for architectures of odd numbers; others have their number."""

    names, directions = ("number",), ("minimize",)

    def __init__(self, error):
        self.error, self.calls = error, []

    def __call__(self, architectures, seeds):
        self.calls.append([int(a.native) for a in architectures])
        if any(int(a.native) % 2 for a in architectures):
            raise self.error
        return [Evaluation((float(a.native) + seed / 8,)) for a, seed in zip(architectures, seeds, strict=True)]


def outcomes(objective, numbers, seeds):
    found = evaluated(objective, [Architecture(str(n), "") for n in numbers], seeds)
    return [one.values or one.reason for one in found]


def test_neighbours_of_what_fails_are_evaluated_one_by_one_with_their_own_seeds():
    objective = Raising(torch.OutOfMemoryError("no memory\nat all"))
    assert outcomes(objective, [2, 3, 4], [0, 1, 2]) == [(2.0,), "OutOfMemoryError: no memory at all", (4.25,)]
    assert objective.calls == [[2, 3, 4], [2], [3], [4]]


def test_a_batch_without_failures_is_evaluated_together():
    objective = Raising(ValueError())
    assert outcomes(objective, [2, 4], [0, 0]) == [(2.0,), (4.0,)]
    assert objective.calls == [[2, 4]]


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_a_program_ends_it(error):
    with pytest.raises(error):
        outcomes(Raising(error()), [1], [0])


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DivergedError("it diverged"), "it diverged"),
        (MemoryError(), "MemoryError"),
        (KeyError("x" * 9999), "KeyError: '" + "x" * 499),
    ],
)
def test_a_reason_is_one_line(error, reason):
    assert reason_of(error) == reason


def test_the_whole_exception_is_logged(caplog):
    caplog.set_level("INFO", "search.objectives.attempts")
    outcomes(Raising(ValueError("odd")), [1], [0])
    assert "raise self.error" in caplog.text
