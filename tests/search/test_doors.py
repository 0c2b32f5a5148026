"""Optuna's own doors to a search: queued, added and told trials, and studies of others."""

import optuna
import pytest
from optuna.trial import TrialState
from small_searches import SPACE, Made, closed, opened

from archgraph import InputError, spaces
from archgraph.seeds import derive_seed
from archgraph.storages.opening import open_storage
from archgraph.storages.study import open_study
from search.fade.make import fade_search
from search.loop import run_study
from search.methods import make
from search.objectives.table import TableObjective
from search.parameters import distributions
from search.studies.history import architecture_of
from search.studies.study import ARCHITECTURE, HASH

NATIVE = "01201201"


def study_of(made, storage=None):
    return open_study(storage, "s", {}, made.directions)


def search(study, made, trials, method="random"):
    run_study(study, make(method, made.space), made, 0, lambda begun: len(begun) >= trials)
    return study


def natives(study):
    return [trial.user_attrs.get(ARCHITECTURE) for trial in study.trials]


@pytest.mark.parametrize("method", ["random", "delta", "tpe"])
@pytest.mark.parametrize(
    "queued",
    [
        {"params": SPACE.to_choices(SPACE.from_native(NATIVE))},
        {"params": {ARCHITECTURE: NATIVE}},
        {"params": {}, "user_attrs": {ARCHITECTURE: NATIVE}},
    ],
    ids=["by choices", "by name", "by attribute"],
)
def test_a_queued_architecture_comes_first(method, queued):
    made = opened()
    study = search(study_of(made), made, 2, method)
    study.enqueue_trial(**queued)
    search(study, made, 5, method)
    assert natives(study)[2] == NATIVE
    assert study.trials[2].value == made.value(architecture_of(study.trials[2]))
    assert SPACE.from_choices(study.trials[2].params) == SPACE.from_native(NATIVE)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 5
    assert len(set(natives(study))) == 5


def test_a_queue_may_leave_choices_open():
    made = opened()
    study = study_of(made)
    for layer in (1, 2):
        study.enqueue_trial({f"layer {layer}": SPACE.choices[f"layer {layer}"][2]})
    study.enqueue_trial({})
    search(study, made, 4)
    assert natives(study)[0][0] == natives(study)[1][1] == "2"
    assert len(set(natives(study))) == 4


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({ARCHITECTURE: "9"}, "macro is written as 8 digits"),
        ({"layer 1": "nothing"}, "macro chooses"),
        ({ARCHITECTURE: NATIVE}, "that the study has had"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_one_line_and_the_search_goes_on(params, reason):
    made = opened()
    study = study_of(made)
    study.enqueue_trial({ARCHITECTURE: NATIVE})
    study.enqueue_trial(params)
    search(study, made, 3)
    refused = [trial for trial in study.trials if trial.state.name == "FAIL"]
    assert [reason in trial.user_attrs["refused"] for trial in refused] == [True]
    assert len(study.trials) == 4, "three beside it"


def test_what_is_queued_beyond_the_table_is_refused():
    made = closed()
    part = TableObjective(made.members[range(20)], made.space, ["acc"])
    missing = next(n for n in made.space.enumerate().ids if made.space.from_native(n).canonical_hash() not in part._row)
    study = study_of(part)
    study.enqueue_trial({ARCHITECTURE: missing})
    search(study, part, 2)
    assert "not in the table" in study.trials[0].user_attrs["refused"]


def test_queued_trials_are_evaluated_side_by_side():
    made = opened()
    study = study_of(made)
    for native in ("00000000", "11111111", "22222222"):
        study.enqueue_trial({ARCHITECTURE: native})
    run_study(study, make("random", SPACE), made, 0, lambda begun: len(begun) >= 4, batch=4)
    assert natives(study)[:3] == ["00000000", "11111111", "22222222"]
    assert len({trial.user_attrs["batch"] for trial in study.trials}) == 1


@pytest.mark.parametrize("method", ["random", "local", "delta", "tpe"])
def test_an_added_pruned_trial_counts_as_known(method):
    """All but two of the members are added as pruned: only those two are left to search."""
    space = spaces.get("dag:1-3")
    members = space.enumerate()
    table = members.with_metrics(acc=[derive_seed(0, key) / 2**32 for key in members.hashes()])
    made = TableObjective(table, space, ["acc"])
    study = study_of(made)
    for graph in list(members)[:-2]:
        study.add_trial(
            optuna.create_trial(
                state=TrialState.PRUNED, params=space.to_choices(graph), distributions=dict(distributions(space))
            )
        )
    search(study, made, 100, method)
    own = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    assert {trial.user_attrs[HASH] for trial in own} == set(members.hashes()[-2:])


def test_a_trial_that_is_told_to_have_failed_while_it_is_evaluated_stops_nothing():
    class Told(Made):
        def __call__(self, architectures, seeds):
            if len(self.calls) == 2:
                study.tell(2, state=TrialState.FAIL)
            return super().__call__(architectures, seeds)

    made = Told(SPACE)
    study = study_of(made)
    search(study, made, 4)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 2 + ["FAIL"] + ["COMPLETE"] * 2


def test_a_step_of_fade_goes_on_beside_trials_that_are_none():
    members = SPACE.enumerate()
    made = TableObjective(members.with_metrics(acc=[float(n.count("2")) for n in members.ids]), SPACE, ["acc"])
    study = study_of(made)
    known = SPACE.from_native("22222222")
    attributes = {ARCHITECTURE: "22222222", HASH: known.canonical_hash()}
    study.add_trial(optuna.create_trial(value=8.0, user_attrs=attributes))
    fade_search(made, settings={"candidates": 2}).run(study, 0, lambda trials: len(trials) >= 4)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE"] * 4


@pytest.mark.parametrize("kind", ["values", "settings"])
def test_a_foreign_study_is_refused_and_left_as_it_was(kind, tmp_path):
    storage = open_storage(f"journal:{tmp_path / 's.log'}")
    study = optuna.create_study(storage=storage, study_name="s", direction="minimize")
    if kind == "values":
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)
    else:
        study.set_user_attr("settings", "of another program")
    before = study.user_attrs, study.metric_names, [(t.params, t.user_attrs) for t in study.trials]
    with pytest.raises(InputError, match=r"^study 's' is of another program; name a new one$"):
        open_study(storage, "s", {"method": "random"}, ["minimize"], ["loss"])
    after = optuna.load_study(study_name="s", storage=storage)
    assert before == (
        after.user_attrs,
        after.metric_names,
        [(t.params, t.user_attrs) for t in after.trials],
    )


def test_a_study_that_has_only_a_queue_is_begun(tmp_path):
    storage = open_storage(f"journal:{tmp_path / 's.log'}")
    study = optuna.create_study(storage=storage, study_name="s", direction="minimize")
    study.enqueue_trial({ARCHITECTURE: NATIVE})
    made = opened()
    search(study_of(made, storage), made, 2)
    assert natives(study)[0] == NATIVE
