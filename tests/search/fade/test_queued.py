"""Architectures that are queued in a study of FaDE."""

from small_searches import SPACE

from archgraph.storages.liveness import Shift
from archgraph.storages.study import open_study
from search.fade.make import fade_search
from search.objectives.table import TableObjective
from search.studies.study import ARCHITECTURE

NATIVE = "01201201"


def study_of(made):
    return open_study(None, "s", {}, made.directions)


def natives(study):
    return [trial.user_attrs.get(ARCHITECTURE) for trial in study.trials]


def counting():
    """A table whose best member is all `2`, and FaDE on it; one trial is one step."""
    members = SPACE.enumerate()
    made = TableObjective(members.with_metrics(acc=[float(n.count("2")) for n in members.ids]), SPACE, ["acc"])
    return made, fade_search(made, settings={"candidates": 2})


def test_fade_evaluates_what_is_queued_by_itself_and_its_steps_are_those_without_a_queue():
    made, fade = counting()
    plain, study = study_of(made), study_of(made)
    fade.run(plain, 0, lambda trials: len(trials) >= 3)
    [derived] = [one for one in plain.trials[0].user_attrs["derived"] if one[1] != natives(plain)[0]]
    fade.run(study, 0, lambda trials: len(trials) >= 1)
    study.enqueue_trial({ARCHITECTURE: NATIVE})
    study.enqueue_trial({"layer 1": "nothing"})
    study.enqueue_trial({ARCHITECTURE: derived[1]})  # which the first step has derived
    fade.run(study, 0, lambda trials: len(trials) >= 5)
    assert [natives(study)[i] for i in (1, 3)] == [NATIVE, derived[1]]
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 2 + ["FAIL"] + ["COMPLETE"] * 3
    assert [study.trials[i].value for i in (1, 3)] == [float(NATIVE.count("2")), derived[0]]
    assert [study.trials[i].user_attrs["queries"] for i in (1, 3)] == [1, 0], "what is known costs nothing again"
    assert SPACE.from_choices(study.trials[1].params) == SPACE.from_native(NATIVE)
    steps = [
        [trial.user_attrs["means"] for trial in one.trials if "means" in trial.user_attrs] for one in (plain, study)
    ]
    assert steps[0] == steps[1]


def test_what_a_killed_worker_had_taken_from_fades_queue_is_queued_again():
    made, fade = counting()
    study = study_of(made)
    study.enqueue_trial({ARCHITECTURE: NATIVE})
    with Shift(study) as left:
        trial = left.take(study.trials[0])
        trial.set_user_attr(ARCHITECTURE, NATIVE)
    fade.run(study, 0, lambda trials: len(trials) >= 2)
    assert [trial.state.name for trial in study.trials] == ["FAIL", "COMPLETE", "COMPLETE"]
    assert natives(study)[1] == NATIVE


def test_what_fails_in_fades_queue_is_failed_with_its_reason_and_not_derived():
    class Picky(TableObjective):
        def __call__(self, architectures, seeds):
            if any(a.native == "22222222" for a in architectures):
                raise RuntimeError("no room")
            return super().__call__(architectures, seeds)

    members = SPACE.enumerate()
    made = Picky(members.with_metrics(acc=[float(n.count("2")) for n in members.ids]), SPACE, ["acc"])
    study = study_of(made)
    study.enqueue_trial({ARCHITECTURE: "22222222"})
    fade_search(made, settings={"candidates": 3}).run(study, 0, lambda trials: len(trials) >= 12)
    assert study.trials[0].user_attrs["reason"] == "RuntimeError: no room"
    assert all("failed" not in trial.user_attrs for trial in study.trials)
