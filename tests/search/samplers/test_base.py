"""The searches as samplers: Optuna's own contract of samplers, and the searches' own promises."""

import pickle
import warnings

import optuna
import pytest
from optuna.testing.pytest_samplers import (
    BasicSamplerTestCase,
    MultiObjectiveSamplerTestCase,
    RelativeSamplerTestCase,
)
from small_searches import SPACE, closed, opened, run

from archgraph.networks.choice import NetworkChoice
from archgraph.seeds import derive_seed
from search import (
    DeltaSampler,
    EvolutionSampler,
    GlobalSampler,
    LocalSampler,
    RandomArchitectureSampler,
    suggest_architecture,
)
from search.objectives.base import Architecture
from search.objectives.costs import NetworkCosts
from search.objectives.limits import Limits
from search.studies.study import ARCHITECTURE, HASH

optuna.logging.set_verbosity(optuna.logging.WARNING)
SAMPLERS = [DeltaSampler, EvolutionSampler, LocalSampler, RandomArchitectureSampler]
RANDOM = optuna.samplers.RandomSampler


class TestContractOfOptuna(BasicSamplerTestCase, MultiObjectiveSamplerTestCase):
    """What Optuna asks of all samplers, of trials that suggest anything but an architecture.

    Of `RelativeSamplerTestCase` only `test_trial_relative_params` applies, below: the others have a sampler sample any
    parameters together, and what these sample together is an architecture. `SingleOnlySamplerTestCase` does not apply,
    since all of these search for several objectives.
    """

    @pytest.fixture(
        params=[
            DeltaSampler,
            *(pytest.param(kind, marks=pytest.mark.slow) for kind in (EvolutionSampler, LocalSampler, GlobalSampler)),
        ]
    )
    def sampler(self, request):
        return lambda: request.param(SPACE, independent=RANDOM(0))


class TestRelativeParameters:
    @pytest.mark.parametrize("n_jobs", [1, 2])
    def test_are_sampled_when_the_first_is_asked_for(self, n_jobs):
        RelativeSamplerTestCase().test_trial_relative_params(n_jobs, lambda: DeltaSampler(SPACE))


def objective_of(made):
    """An objective of the house as one of Optuna."""

    def objective(trial):
        graph = suggest_architecture(trial, made.space)
        [evaluation] = made([Architecture(made.space.to_native(graph), graph.canonical_hash())], [0])
        values = evaluation.values
        return values[0] if len(values) == 1 else values

    return objective


def searched(sampler, made, trials, **options):
    study = optuna.create_study(sampler=sampler, directions=made.directions)
    study.optimize(objective_of(made), n_trials=trials, **options)
    return study


def hashes(study):
    return [trial.user_attrs[HASH] for trial in study.trials]


@pytest.mark.parametrize("kind", [*SAMPLERS, GlobalSampler])
def test_a_sampler_finds_query_by_query_what_the_search_of_its_name_does(kind):
    made = closed()
    study = searched(kind(made.space, seed=3, members=made.members), made, 20)
    whole = run(kind.name, None, made, trials=20, seed=derive_seed(3, kind.name))
    assert [(t.user_attrs[ARCHITECTURE], t.value, t.params) for t in study.trials] == [
        (t.user_attrs[ARCHITECTURE], t.value, t.params) for t in whole.trials
    ]
    for name in ("repeated", "rejected", "repaired", "restart", "params", "flops"):
        assert [t.user_attrs.get(name) for t in study.trials] == [t.user_attrs.get(name) for t in whole.trials]


@pytest.mark.parametrize("kind", SAMPLERS)
class TestEverySampler:
    def test_goes_on_where_a_study_was_left(self, kind):
        made, storage = opened(), optuna.storages.InMemoryStorage()
        for trials in (3, 5):
            study = optuna.create_study(study_name="s", storage=storage, load_if_exists=True, sampler=kind(SPACE))
            study.optimize(objective_of(made), n_trials=trials)
        assert hashes(study) == hashes(searched(kind(SPACE), opened(), 8))

    def test_is_the_same_after_pickling(self, kind):
        sampler = pickle.loads(pickle.dumps(kind(SPACE)))
        assert hashes(searched(sampler, opened(), 6)) == hashes(searched(kind(SPACE), opened(), 6))

    def test_evaluates_nothing_twice_in_threads(self, kind):
        study = searched(kind(SPACE), opened(), 16, n_jobs=4)
        assert len(set(hashes(study))) == len(study.trials) == 16

    def test_evaluates_nothing_twice_where_another_worker_has_the_same_thought(self, kind, monkeypatch):
        """Two samplers of one study, each asked before it can see what the other was given."""
        storage, made = optuna.storages.InMemoryStorage(), opened()
        studies = [
            optuna.create_study(study_name="s", storage=storage, load_if_exists=True, sampler=kind(SPACE))
            for _ in range(2)
        ]
        for _ in range(5):
            trials = [study.ask() for study in studies]
            for study, trial in zip(studies, trials, strict=True):
                graph = suggest_architecture(trial, SPACE)
                study.tell(trial, made.value(Architecture(SPACE.to_native(graph), graph.canonical_hash())))
        assert len(set(hashes(studies[0]))) == 10

    def test_searches_beside_other_parameters_for_several_objectives(self, kind):
        def objective(trial):
            graph = suggest_architecture(trial, SPACE)
            rate = trial.suggest_float("lr", 0, 1)
            return graph.ops.count("identity") + rate, -rate

        study = optuna.create_study(sampler=kind(SPACE), directions=["minimize", "minimize"])
        study.optimize(objective, n_trials=10)
        assert all(trial.params.keys() == {*SPACE.choices, "lr"} for trial in study.trials)
        assert len({trial.params["lr"] for trial in study.trials}) == 10

    def test_takes_pruned_and_failed_architectures_as_known(self, kind):
        def objective(trial):
            suggest_architecture(trial, SPACE)
            if trial.number % 3 == 0:
                raise optuna.TrialPruned
            if trial.number % 3 == 1:
                raise ValueError("no luck")
            return 1.0

        study = optuna.create_study(sampler=kind(SPACE))
        study.optimize(objective, n_trials=12, catch=(ValueError,))
        assert {trial.state.name for trial in study.trials} == {"PRUNED", "FAIL", "COMPLETE"}
        assert len(set(hashes(study))) == 12


def test_queued_architectures_come_first_and_are_known_afterwards():
    graph, made = SPACE.from_native("22222222"), opened()
    study = optuna.create_study(sampler=RandomArchitectureSampler(SPACE), direction="minimize")
    study.enqueue_trial(SPACE.to_choices(graph))
    study.enqueue_trial({"layer 8": "mbconv5x5-e6"})
    study.optimize(objective_of(made), n_trials=6)
    assert study.trials[0].user_attrs[ARCHITECTURE] == "22222222"
    assert study.trials[1].user_attrs[ARCHITECTURE][-1] == "2"
    assert len(set(hashes(study))) == 6


def test_where_nothing_is_left_the_study_stops():
    made = closed()
    study = searched(LocalSampler(made.space, members=made.members), made, 1000)
    assert len(set(hashes(study))) == len(made.members)
    assert len(study.trials) == len(made.members) + 1


def test_what_breaks_a_constraint_comes_after_all_that_does_not():
    """A known truth: the best without the constraint is all 2, and with it nothing may have a 2 in front."""

    def objective(trial):
        graph = suggest_architecture(trial, SPACE)
        native = SPACE.to_native(graph)
        trial.set_constraint("front", float(native[0] == "2"))
        return float(native.count("2"))

    study = optuna.create_study(direction="maximize", sampler=DeltaSampler(SPACE))
    study.optimize(objective, n_trials=40)
    fronts = [trial.user_attrs[ARCHITECTURE][0] for trial in study.trials]
    assert fronts[20:].count("2") < 10
    assert study.best_value == 7


def test_a_pruner_of_brackets_sees_no_architecture_twice():
    def objective(trial):
        graph = suggest_architecture(trial, SPACE)
        for step in range(1, 4):
            trial.report(graph.ops.count("identity") / step, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(graph.ops.count("identity"))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pruner = optuna.pruners.HyperbandPruner(max_resource=3)
        study = optuna.create_study(sampler=DeltaSampler(SPACE), pruner=pruner)
        study.optimize(objective, n_trials=12)
    assert len(set(hashes(study))) == 12


def test_trials_of_others_in_the_study_are_left_aside():
    study = optuna.create_study(sampler=DeltaSampler(SPACE, start=2))
    study.add_trial(optuna.create_trial(value=1.0))
    study.optimize(objective_of(opened()), n_trials=3)
    assert all(ARCHITECTURE in trial.user_attrs for trial in study.trials[1:])


def test_limits_hold():
    limits = Limits({"params": 2e6}, NetworkCosts(SPACE, NetworkChoice(), (3, 32, 32), 10))
    study = searched(RandomArchitectureSampler(SPACE, limits=limits), opened(), 8)
    assert all(trial.user_attrs["params"] <= 2e6 for trial in study.trials)
