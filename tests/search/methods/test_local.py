"""Local search."""

import numpy as np
from small_searches import Digits

from search import open_study, run_study
from search.methods.local import RESTART, LocalSearch


def test_a_climb_goes_from_neighbour_to_neighbour_and_starts_again_where_none_is_left():
    objective = Digits()
    study = open_study(None, "s", {})
    run_study(study, LocalSearch(), objective, 0, lambda trials: len(trials) >= 120)
    trials, space = study.trials, objective.space
    starts = [trial.number for trial in trials if trial.user_attrs.get(RESTART)]
    assert starts[0] == 0
    assert len(starts) > 1
    best = None
    for trial in trials[: starts[1]]:
        native = trial.user_attrs["architecture"]
        if best is not None:
            near = {space.to_native(graph) for graph in space.neighbors(space.from_native(best[1]))}
            assert native in near
        if best is None or trial.value < best[0]:
            best = trial.value, native
    assert best[0] == np.min([trial.value for trial in trials[: starts[1]]])


def test_the_first_climb_starts_from_what_was_queued():
    objective = Digits()
    study, space = open_study(None, "s", {}), objective.space
    queued = space.sample(1, np.random.default_rng(0))[0]
    study.enqueue_trial({"architecture": space.to_native(queued)})
    run_study(study, LocalSearch(), objective, 0, lambda trials: len(trials) >= 2)
    first, second = study.trials
    assert first.user_attrs["architecture"] == space.to_native(queued)
    assert RESTART not in second.user_attrs
    assert second.user_attrs["architecture"] in {space.to_native(graph) for graph in space.neighbors(queued)}
