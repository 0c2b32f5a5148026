"""What every search promises, whatever its method: seeds, budgets, storage, nothing twice, and going on exactly."""

from contextlib import suppress

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState, create_trial
from small_searches import OPEN, TRIALS, Made, closed, opened, record, run, table

import archgraph.storages.liveness
import archgraph.storages.opening
import search.loop
from archgraph import InputError, spaces
from archgraph.equivalence import network_hashes
from archgraph.seeds import derive_seed
from archgraph.spaces.template import TemplateSpace, complete_cell
from archgraph.storages import liveness
from archgraph.storages.liveness import Shift
from archgraph.storages.study import open_study
from search.architectures import Architectures
from search.loop import run_in_bulk, run_study
from search.methods import make
from search.objectives.base import Objective
from search.objectives.evaluation import QUERIES, Evaluation
from search.objectives.table import TableObjective
from search.studies.study import ARCHITECTURE, HASH, complete, completed, ended, kept, spent

CLOSED = [*OPEN, "global", pytest.param("gp", marks=pytest.mark.slow)]


WHOLE = {}  # what each method gives uninterrupted


def whole(method, make_objective):
    key = (method, make_objective.__name__)
    if key not in WHOLE:
        WHOLE[key] = record(run(method, None, make_objective()))
    return WHOLE[key]


@pytest.mark.parametrize(
    ("method", "objective"),
    [
        pytest.param(*getattr(m, "values", (m,)), o, marks=getattr(m, "marks", ()))
        for o, names in ((opened, OPEN), (closed, CLOSED))
        for m in names
    ],
)
class TestEverySearch:
    def test_keeps_its_budget_and_evaluates_nothing_twice(self, method, objective):
        hashes = [attributes[HASH] for _, _, attributes in whole(method, objective)]
        assert len(hashes) == len(set(hashes)) == TRIALS

    def test_repeats_exactly_for_a_seed_and_differs_for_another(self, method, objective):
        assert record(run(method, None, objective())) == whole(method, objective)
        assert record(run(method, None, objective(), seed=1)) != whole(method, objective)

    @pytest.mark.parametrize("where", ["objective", "finish", "begin_trial"])
    def test_goes_on_after_interruptions_with_the_same_numbers(
        self, method, objective, where, interrupting, tmp_path, monkeypatch
    ):
        storage = f"journal:{tmp_path / 'studies.log'}"
        for at in (3, 4):
            stopped = objective()
            with monkeypatch.context() as patch:
                if where == "objective":
                    stopped = interrupting(stopped, at)
                else:
                    owner = search.loop if where == "finish" else archgraph.storages.liveness
                    patch.setattr(owner, where, interrupting(getattr(owner, where), at))
                with pytest.raises(KeyboardInterrupt):
                    run(method, storage, stopped)
        assert record(run(method, storage, objective())) == whole(method, objective)

    def test_trials_written_in_bulk_are_the_same(self, method, objective):
        made = objective()
        study = open_study(None, method, {}, made.directions)
        architectures = Architectures(made.space, made.members)
        for trials in (5, TRIALS):  # stopped once
            run_in_bulk(study, make(method, made.space), made, 0, lambda h, n=trials: len(h) >= n, architectures)
        assert record(study) == whole(method, objective)

    def test_trials_hold_their_architecture_and_what_was_paid(self, method, objective):
        study = run(method, None, objective(), trials=3)
        for trial in completed(study):
            graph = objective().space.from_native(trial.user_attrs[ARCHITECTURE])
            assert graph.canonical_hash() == trial.user_attrs[HASH]
            assert trial.user_attrs[QUERIES] == 1
            assert trial.user_attrs.get("gmacs") == (2.0 if objective is opened else None)
            assert trial.user_attrs.get("seconds") == (3.0 if objective is closed else None)


@pytest.mark.parametrize("method", ["random", "delta", "local"])
def test_a_table_is_searched_to_its_end_and_no_further(method):
    study = run(method, None, closed(), trials=1000)
    assert len({t.user_attrs[HASH] for t in completed(study)}) == len(study.trials) == len(table())


@pytest.mark.parametrize("method", ["random", "evolution", "delta", "tpe"])
def test_a_network_is_paid_for_once_and_what_else_the_table_holds_of_it_comes_last(method):
    operations = ["zero", "identity", "relu-conv1x1-bn"]
    space = TemplateSpace("three-vertices", *complete_cell(3), [operations] * 3)
    members = space.enumerate()
    values = [derive_seed(2, key) / 2**32 for key in members.hashes()]
    made = TableObjective(members.with_metrics(acc=values), space, ["acc"])
    network = dict(zip(members.hashes(), network_hashes(members, members.hashes()), strict=True))
    hashes = [t.user_attrs[HASH] for t in completed(run(method, None, made, trials=1000))]
    assert sorted(hashes) == sorted(network)
    count = len(set(network.values()))
    assert count < len(network)
    assert len({network[key] for key in hashes[:count]}) == count


@pytest.mark.parametrize("method", ["delta", "local"])
def test_searches_that_use_structure_come_further_than_random_search(method):
    def reached(name):
        runs = [run(name, None, opened(), trials=20, seed=seed) for seed in range(2)]
        return np.mean([study.best_value for study in runs])

    assert reached(method) < reached("random")


def test_the_caches_of_other_studies_change_nothing():
    made = opened()
    architectures = Architectures(made.space)
    for seed in (1, 0):
        study = open_study(None, "delta", {}, made.directions)
        run_in_bulk(study, make("delta", made.space), made, seed, lambda h: len(h) >= TRIALS, architectures)
    assert record(study) == whole("delta", opened)


def test_a_dead_workers_trial_is_taken_up_by_one_worker_only(tmp_path):
    storage = f"sqlite:///{tmp_path / 's.db'}"
    study = run("random", storage, opened(), trials=3)
    left = optuna.trial.create_trial(
        state=optuna.trial.TrialState.RUNNING, user_attrs={ARCHITECTURE: "00000000", HASH: "x"}
    )
    with Shift(study) as shift:
        shift.begin(left)
    running = study.get_trials(states=(optuna.trial.TrialState.RUNNING,))
    first, second = (Shift(optuna.load_study(study_name="random", storage=storage)) for _ in range(2))
    assert [len(search.loop.take_up(shift, running)) for shift in (first, second)] == [1, 0]
    assert [t.state.name for t in study.trials[3:]] == ["FAIL", "RUNNING", "FAIL"]  # what the second began is dropped


def test_of_a_batch_that_was_left_none_is_lost_when_the_next_worker_is_killed_too(tmp_path, monkeypatch):
    """At each write of the second worker's: the third has both trials, in the order in which they were begun first."""
    made = opened()
    for writes in range(9):
        storage = f"sqlite:///{tmp_path / f'{writes}.db'}"
        study = run("random", storage, made, trials=3)
        natives = ["00000000", "00000001"]
        with Shift(study) as shift:
            for native in natives:
                key = made.space.from_native(native).canonical_hash()
                shift.begin(create_trial(state=TrialState.RUNNING, user_attrs={ARCHITECTURE: native, HASH: key}))
        with monkeypatch.context() as patched, Shift(study) as second:
            left = iter(range(writes))

            def until_killed(write, left=left):
                def written(*given, **named):
                    if next(left, None) is None:
                        raise KeyboardInterrupt
                    return write(*given, **named)

                return written

            for module, name in ((liveness, "begin_trial"), (liveness, "leave_note"), (type(study), "tell")):
                patched.setattr(module, name, until_killed(getattr(module, name)))
            history = search.loop.open_history(study, made, None)
            history.sync()
            with suppress(KeyboardInterrupt):
                search.loop.begun_again(second, history)
        with Shift(optuna.load_study(study_name="random", storage=storage)) as third:
            history = search.loop.open_history(study, made, None)
            history.sync()
            search.loop.begun_again(third, history)
            history.sync()
            assert [history.trials[i].user_attrs[ARCHITECTURE] for i in history.running] == natives
            assert [history.trials[i].user_attrs[ARCHITECTURE] for i in range(3, len(history))] == natives


def test_a_dead_workers_architecture_that_another_has_begun_meanwhile_is_left_to_it(tmp_path, monkeypatch):
    made, storage, take_up = opened(), f"sqlite:///{tmp_path / 's.db'}", search.loop.take_up
    study = run("random", storage, made, trials=3)
    key = made.space.from_native("00000000").canonical_hash()
    left = create_trial(state=TrialState.RUNNING, user_attrs={ARCHITECTURE: "00000000", HASH: key})
    with Shift(study) as gone:
        gone.begin(left)
    history = search.loop.open_history(study, made, None)
    history.sync()
    with Shift(study) as rival, Shift(optuna.load_study(study_name="random", storage=storage)) as shift:

        def overtaken(shift, trials):
            rival.begin(left)
            return take_up(shift, trials)

        monkeypatch.setattr(search.loop, "take_up", overtaken)
        assert search.loop.begun_again(shift, history) == []
        assert [t.state.name for t in study.trials[3:]] == ["FAIL", "RUNNING", "FAIL"]
    assert [trial.number for trial in history.unfinished] == [4]


def test_of_two_trials_with_one_architecture_the_later_is_failed(monkeypatch):
    """Another worker begins the architecture of this one between its proposal and its beginning."""
    made, begin = opened(), Shift.begin
    study = open_study(None, "random", {})
    rivals = []

    def overtaken(shift, template):
        if not rivals:
            rivals.append(Shift(study))
            begin(rivals[0], optuna.trial.create_trial(state=template.state, user_attrs=template.user_attrs))
        return begin(shift, template)

    monkeypatch.setattr(Shift, "begin", overtaken)
    run_study(study, make("random", made.space), made, 0, lambda trials: len(complete(trials)) >= 2)
    states = [t.state.name for t in study.trials]
    assert states[:2] == ["RUNNING", "FAIL"]
    assert study.trials[0].user_attrs[HASH] not in made.calls
    assert len(made.calls) == len(set(made.calls)) == 2


def test_what_a_space_rejects_is_counted_and_repaired():
    space = spaces.get("nasbench101")  # most random codes have too many edges

    class Any(Made):
        def value(self, architecture):
            return derive_seed(1, architecture.hash) / 2**32

    study = run("tpe", None, Any(space), trials=12)
    counts = [[t.user_attrs.get(n, 0) for n in ("rejected", "repeated", "repaired")] for t in completed(study)]
    assert sum(rejected for rejected, _, _ in counts) > 2
    assert all(repaired == (rejected == 5 or repeated > 0) for rejected, repeated, repaired in counts)


class Constant(Objective):
    """The same value for every architecture."""

    names, directions = ("value",), ("minimize",)

    def __init__(self, value, space="nasbench201"):
        self.space, self.value, self.calls = spaces.get(space), value, 0

    def __call__(self, architectures, seeds):
        self.calls += 1
        return [Evaluation((self.value,)) for _ in architectures]


def searched(study, objective, **options):
    run_study(study, make("random", objective.space), objective, 0, lambda trials: len(trials) >= 2, **options)


@pytest.fixture
def storage(tmp_path):
    return f"journal:{tmp_path / 'studies.log'}"


def test_trials_of_another_program_are_not_gone_on_from(storage):
    study = open_study(storage, "s", {})
    study.add_trial(optuna.trial.create_trial(value=1.0))
    with pytest.raises(InputError, match="trial 0 has no architecture"):
        searched(study, Constant(1.0))


class Failing(Made):
    """Of every three architectures, by hash, one has no value."""

    def value(self, architecture):
        return float("nan") if int(architecture.hash, 16) % 3 == 0 else super().value(architecture)


def outcomes(study):
    keep = ("repeated", "rejected", "repaired", "restart", HASH, "reason")
    return [(t.state.name, t.values, t.params, {k: t.user_attrs.get(k) for k in keep}) for t in kept(study)]


@pytest.mark.parametrize("method", OPEN)
class TestAFailedEvaluation:
    def test_is_a_failed_trial_with_its_reason_and_is_not_asked_for_again(self, method):
        study = run(method, None, Failing(spaces.get("macro")), trials=24)
        failed = [trial for trial in study.trials if trial.state.name == "FAIL"]
        assert 2 < len(failed) < 20
        assert {trial.user_attrs["reason"] for trial in failed} == {"its value is no finite number, but nan"}
        assert all(trial.user_attrs["gmacs"] == 2.0 for trial in failed)
        hashes = [trial.user_attrs[HASH] for trial in study.trials]
        assert len(hashes) == len(set(hashes)) == 24

    def test_leaves_the_numbers_of_a_search_that_was_stopped(self, method, interrupting, tmp_path):
        storage, whole = f"journal:{tmp_path / 'studies.log'}", run(method, None, Failing(spaces.get("macro")))
        for at in (3, 4):
            with pytest.raises(KeyboardInterrupt):
                run(method, storage, interrupting(Failing(spaces.get("macro")), at))
        assert outcomes(run(method, storage, Failing(spaces.get("macro")))) == outcomes(whole)

    def test_is_the_same_trial_written_in_bulk(self, method):
        made = Failing(spaces.get("macro"))
        study = open_study(None, method, {}, made.directions)
        run_in_bulk(study, make(method, made.space), made, 0, lambda h: len(h) >= TRIALS)
        assert outcomes(study) == outcomes(run(method, None, Failing(spaces.get("macro"))))


def test_what_failed_is_paid_for():
    study = run("random", None, Failing(spaces.get("macro")), trials=9)
    trials = kept(study)
    assert len(ended(trials)) == 9 > len(complete(trials))
    assert spent(trials) == 18.0


def test_trials_of_a_batch_are_marked_and_begun_again_together(interrupting, tmp_path):
    storage = f"journal:{tmp_path / 'studies.log'}"
    whole = record(run("random", None, opened(), batch=4, trials=10))
    with pytest.raises(KeyboardInterrupt):
        run("random", storage, interrupting(opened(), 2), batch=4, trials=10)
    assert record(run("random", storage, opened(), batch=4, trials=10)) == whole
    assert len(whole) == 10  # the last batch has what is left
    study = optuna.load_study(study_name="random", storage=archgraph.storages.opening.open_storage(storage))
    names = [trial.user_attrs["batch"] for trial in completed(study)]
    assert [names.count(name) for name in dict.fromkeys(names)] == [4, 4, 2]


@pytest.mark.parametrize(("space", "members"), [("dag:1", 1), ("dag:2", 2)])
def test_a_search_ends_where_a_small_space_does(space, members):
    study = open_study(None, "s", {})
    run_study(study, make("evolution", spaces.get(space)), Constant(1.0, space), 0, lambda trials: False)
    assert len(completed(study)) == members


def test_a_batch_holds_a_trial_or_more():
    with pytest.raises(InputError, match="batch is a whole number from 1, but got 0"):
        searched(open_study(None, "s", {}), Constant(1.0), batch=0)
