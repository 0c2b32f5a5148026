"""What every search promises, whatever its method: seeds, budgets, storage, nothing twice, and going on exactly."""

from functools import cache

import numpy as np
import optuna
import pytest

import search.loop
from archgraph import InputError, spaces
from archgraph.equivalence import network_hashes
from archgraph.seeds import derive_seed
from archgraph.spaces.template import TemplateSpace, complete_cell
from encoders.embedding.buckets import BucketGenerator
from search.architectures import Architectures
from search.loop import run_in_bulk, run_study
from search.methods import METHODS, SAMPLED, make
from search.methods.points import Choices, Coordinates
from search.objectives.base import Objective
from search.objectives.evaluation import QUERIES, Evaluation
from search.objectives.table import TableObjective
from search.studies.study import ARCHITECTURE, HASH, complete, completed, open_study

TRIALS = 14
OPEN = [name for name in (*METHODS, *SAMPLED) if name not in ("global", "cmaes", "gp")]
CLOSED = [*OPEN, "global", pytest.param("gp", marks=pytest.mark.slow)]


class Made(Objective):
    """A number made of an architecture's size and hash, for the whole of an open space."""

    names, directions = ("made",), ("minimize",)

    def __init__(self, space):
        self.space, self.calls = space, []

    def __call__(self, architectures, seeds):
        self.calls += [a.hash for a in architectures]
        return [Evaluation((self.value(a),), gmacs=2.0) for a in architectures]

    def value(self, architecture):
        return abs(sum(map(int, architecture.native)) - 5) + derive_seed(0, architecture.hash) / 2**32


@cache
def table():
    members = spaces.get("dag:1-4").enumerate()
    value = [
        -abs(n - 12) - derive_seed(0, key) / 2**32 for n, key in zip(members.graph_sizes, members.hashes(), strict=True)
    ]
    metrics = {"acc": value, "size": members.graph_sizes.astype(float), "train_time_s": [3.0] * len(members)}
    return members.with_metrics(**metrics)


def closed():
    return TableObjective(table(), spaces.get("dag:1-4"), ["acc"])


def opened():
    return Made(spaces.get("macro"))


def run(method, storage, objective, trials=TRIALS, seed=0, batch=1):
    study = open_study(storage, method, {"seed": seed}, objective.directions)
    chosen = make(method, objective.space)
    run_study(study, chosen, objective, seed, lambda begun: len(begun) >= trials, batch=batch)
    return study


def record(study):
    keep = ("repeated", "rejected", "repaired", "restart", HASH)
    return [(t.values, t.params, {k: t.user_attrs.get(k) for k in keep}) for t in completed(study)]


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

    @pytest.mark.parametrize("where", ["objective", "finish", "begin"])
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
                    patch.setattr(search.loop, where, interrupting(getattr(search.loop, where), at))
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


def test_the_whole_of_an_open_space_is_not_scored():
    with pytest.raises(InputError, match="too large to be scored as a whole"):
        run("global", None, Made(spaces.get("dag:1-7")))


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
    study._storage.create_new_trial(study._study_id, left)
    first, second = (optuna.load_study(study_name="random", storage=storage) for _ in range(2))
    assert [len(search.loop.take_up(s)) for s in (first, second)] == [1, 1]  # this process is known to have ended it
    running = [t for t in study.trials if t.state == optuna.trial.TrialState.RUNNING]
    assert len(running) == 1


def test_a_trial_of_another_machine_is_left_to_it():
    study = open_study(None, "s", {})
    trial = study.ask()
    trial.set_user_attr("worker", "another-machine:1")
    assert search.loop.take_up(study) == []
    assert study.trials[0].state == optuna.trial.TrialState.RUNNING


def test_of_two_trials_with_one_architecture_the_later_is_failed(monkeypatch):
    """Another worker begins the architecture of this one between its proposal and its beginning."""
    made, begin = opened(), search.loop.begin
    study = open_study(None, "random", {})
    rivals = []

    def overtaken(study, template):
        if not rivals:
            rivals.append(begin(study, optuna.trial.create_trial(state=template.state, user_attrs=template.user_attrs)))
            rivals[0].set_user_attr("worker", "another-machine:1")
        return begin(study, template)

    monkeypatch.setattr(search.loop, "begin", overtaken)
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


def test_codes_as_points_come_back():
    architectures = Architectures(spaces.get("dag:1-4"))
    points = Choices(architectures.space)
    rng = np.random.default_rng(0)
    for _ in range(20):
        row = architectures.draw(rng)
        assert points.decode(points.encode(row, architectures), architectures, rng) == row


def test_samplers_search_the_embedding_space_by_way_of_buckets():
    members = table()
    embeddings = np.random.default_rng(0).standard_normal((len(members), 3))
    generator = BucketGenerator(members, embeddings, buckets=20, seed=0)
    made = closed()
    study = open_study(None, "tpe", {}, made.directions)
    run_study(study, make("tpe", made.space, generator), made, 0, lambda trials: len(trials) >= 20)
    assert set(completed(study)[0].params) == {"z0", "z1", "z2"}
    architectures = Architectures(made.space, made.members)
    points = Coordinates(generator)
    buckets = dict(zip(members.hashes(), generator.bucket_of, strict=True))
    for trial in completed(study):
        if not trial.user_attrs.get("repaired"):
            point = np.array([[trial.params[f"z{i}"] for i in range(3)]])
            assert buckets[trial.user_attrs[HASH]] == generator.bucket(point)[0]
        row = architectures.find(search.loop.architecture_of(trial))
        near = points.encode(row, architectures)
        assert architectures.hashes[row] == trial.user_attrs[HASH]
        assert near is not None


def values(method, names, settings=None, seeds=8):
    """Of all trials of some searches, the last objective."""
    members = table()
    metrics = {"flat": [1.0] * len(members), "acc": members.metrics["acc"]}
    made = TableObjective(members.with_metrics(**metrics), spaces.get("dag:1-4"), names)
    found = []
    for seed in range(seeds):
        study = open_study(None, str(seed), {}, made.directions)
        chosen = make(method, made.space, settings=settings)
        run_study(study, chosen, made, seed, lambda trials: len(trials) >= TRIALS)
        found += [trial.values[-1] for trial in completed(study)]
    return found


@pytest.mark.parametrize(
    ("method", "settings"), [("evolution", {"population": 4, "sample": 2}), ("global", {"start": 4})]
)
def test_an_objective_counts_also_behind_one_that_tells_nothing(method, settings):
    assert np.mean(values(method, ["flat", "acc"], settings)) > np.mean(values("random", ["flat", "acc"])) + 0.3


def test_local_search_climbs_by_all_objectives():
    assert values("local", ["flat", "acc"], seeds=3) == values("local", ["acc"], seeds=3)


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize("embedded", [True, False], ids=["embedded", "native"])
def test_cmaes_samples_on_both_parametrisations_and_goes_on_exactly_where_it_is_installed(embedded, monkeypatch):
    pytest.importorskip("cmaes", reason="the package cmaes is not installed")
    members = table()
    generator = BucketGenerator(members, np.random.default_rng(0).standard_normal((40, 3)), buckets=20, seed=0)
    generator = generator if embedded else None
    by_itself = []
    plain = optuna.samplers.RandomSampler.sample_independent
    monkeypatch.setattr(
        optuna.samplers.RandomSampler,
        "sample_independent",
        lambda self, *args: by_itself.append(args) or plain(self, *args),
    )

    def go(stops):
        made = closed()
        study = open_study(None, "cmaes", {}, made.directions)
        for trials in stops:
            method = make("cmaes", made.space, generator)
            run_study(study, method, made, 0, lambda trials, n=trials: len(trials) >= n)
        return record(study)

    stopped = go([3, 7, 12, 20])
    by_itself.clear()
    assert go([20]) == stopped
    assert len(by_itself) == (3 if embedded else len(closed().space.options)), "only the first trial is random"


def test_methods_are_known_by_name_and_settings():
    with pytest.raises(InputError, match="unknown method 'best'; choose from random, evolution"):
        make("best", spaces.get("dag"))
    with pytest.raises(InputError, match=r"no setting 'size'; known are population \(a whole number\), sample"):
        make("evolution", spaces.get("dag"), settings={"size": 3})
    assert make("evolution", spaces.get("dag"), settings={"population": 6}).population == 6


@pytest.mark.parametrize(
    ("method", "settings", "message"),
    [
        ("tpe", {"n": 3}, "method tpe has no setting 'n'; known are none"),
        ("evolution", {"population": "x"}, "method evolution: population is a whole number, but got 'x'"),
        ("evolution", {"population": True}, "population is a whole number"),
        ("evolution", {"population": 3}, "a sample of 1 to the population's 3, but got 5"),
        ("global", {"start": 0}, "start is a whole number from 2, but got 0"),
        ("global", {"block": "names"}, "sees physics or statistics, but got 'names'"),
        ("delta", {"parents": 0}, "parents is a whole number from 1, but got 0"),
        ("delta", {"blocks": []}, "blocks is a list of features"),
        ("delta", {"blocks": ["names"]}, "blocks is a list, each one of physics, statistics"),
        ("delta", {"predictor": 3}, "predictor is a path"),
    ],
)
def test_settings_that_make_no_sense_are_said(method, settings, message):
    with pytest.raises(InputError, match=message):
        make(method, spaces.get("dag"), settings=settings)


@pytest.mark.slow
def test_delta_can_search_by_a_predictor_that_was_trained_before(tmp_path):
    from encoders import DeltaPredictor, save_delta

    predictor = DeltaPredictor.fit(table(), "acc", train_size=12)
    save_delta(predictor, tmp_path / "delta")
    made = closed()

    def go(stops):
        study = open_study(None, "delta", {}, made.directions)
        for stop in stops:
            method = make("delta", made.space, settings={"predictor": str(tmp_path / "delta")})
            run_study(study, method, made, 0, lambda trials, n=stop: len(trials) >= n)
        return record(study)

    assert go([6, 9]) == go([9])
