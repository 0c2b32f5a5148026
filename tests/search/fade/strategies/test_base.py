"""Every outer strategy keeps the contract: different cells, a seed decides all, it resumes, and it climbs."""

from functools import cache

import numpy as np
import pytest

from archgraph import spaces
from archgraph.seeds import derive_seed
from archgraph.storages.study import open_study
from encoders.embedding.buckets import BucketGenerator
from search.fade.config import SETTINGS_OF, FadeConfig
from search.fade.past import Past
from search.fade.search import FaDESearch
from search.fade.strategies import STRATEGIES
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.studies.study import completed
from supernet.hyper.ranks import FadeRanks

ROWS, STEPS = 2, 5
WHOLE = {}  # strategy and seed -> what it found


@cache
def generator():
    """The cells of up to four vertices at points that say how large they are, among other things."""
    members = spaces.get("dag:1-4").enumerate()
    others = np.random.default_rng(0).standard_normal((len(members), 2))
    size = [(graph.num_nodes, graph.num_edges) for graph in members]
    return BucketGenerator(members, np.column_stack([np.array(size, dtype=float), others]), buckets=12, seed=0)


class SmallIsGood(Objective):
    """Architectures of few nodes and edges are good; luck of a training decides between others."""

    names, directions = ("made",), ("minimize",)

    def __init__(self):
        self.space = spaces.get(f"dag:1-4x{ROWS}")

    def __call__(self, architectures, seeds):
        graphs = [self.space.from_native(a.native) for a in architectures]
        luck = [derive_seed(seed, "luck") / 2**32 for seed in seeds]
        values = [size(graph) + one for graph, one in zip(graphs, luck, strict=True)]
        return [Evaluation((value,), gmacs=1.0) for value in values]


def size(graph):
    return float(graph.num_nodes + graph.num_edges)


def ranker(rows, seed):
    """A rank source that is smooth in a cell's size, with noise."""
    rng = np.random.default_rng(seed)
    scores = [np.array([-size(cell) / 4 for cell in row]) + 0.3 * rng.standard_normal(len(row)) for row in rows]
    return FadeRanks([[np.exp(own) / np.exp(own).sum() for own in scores]]), 1.0


def told(trial):
    """What a trial holds but for who did it, and when."""
    return {name: value for name, value in trial.user_attrs.items() if name not in ("worker", "seconds")}


class StrategyContract:
    """Tests of one outer strategy.

    Attributes:
        trials_a_step: of which one ranks.
    """

    name: str
    candidates = 4
    trials_a_step = 1

    def search(self, **settings):
        config = FadeConfig(rows=ROWS, strategy=self.name, candidates=self.candidates, derived=2, **settings)
        return FaDESearch(generator(), ranker, SmallIsGood(), config)

    def trials(self, *stops, seed=0, storage=None, **settings):
        for stop in stops:
            study = open_study(storage, "fade", {})
            self.search(**settings).run(study, seed, lambda trials, stop=stop: len(trials) >= stop * self.trials_a_step)
        return [(trial.values, told(trial), trial.params) for trial in completed(study)]

    def ranked(self, trials):
        """What those trials hold that have ranked."""
        found = [own for _, own, _ in trials if "candidates" in own]
        assert len(found) == -(-len(trials) // self.trials_a_step)
        return found

    def whole(self, seed=0):
        """An uninterrupted search, done once for several tests."""
        key = type(self), seed
        if key not in WHOLE:
            WHOLE[key] = self.trials(STEPS, seed=seed)
        return WHOLE[key]

    def test_the_candidates_of_a_row_are_different_members(self):
        space = spaces.get("dag:1-4")
        for own in self.ranked(self.whole()):
            assert len(own["candidates"]) == ROWS
            for names in own["candidates"]:
                hashes = {space.from_native(name).canonical_hash() for name in names}
                assert len(hashes) == len(names) == self.candidates

    def test_what_is_derived_is_new_and_of_the_space(self):
        keys = [key for _, own, _ in self.whole() for _, _, key in own["derived"]]
        assert len(set(keys)) >= 2 * STEPS
        space = spaces.get(f"dag:1-4x{ROWS}")
        assert all(space.from_native(native) in space for _, own, _ in self.whole() for _, native, _ in own["derived"])

    def test_a_seed_decides_all(self):
        assert self.trials(STEPS) == self.whole()
        one, other = ([own["candidates"] for own in self.ranked(self.whole(seed))] for seed in (0, 1))
        assert one != other

    def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(self, tmp_path):
        found = self.trials(1, 3, STEPS, storage=f"journal:{tmp_path / 'study.log'}")
        assert found == self.whole()

    def test_trials_of_several_steps_go_on_too(self, tmp_path):
        found = self.trials(1, 2, storage=f"journal:{tmp_path / 'study.log'}", every=2)
        assert found == self.trials(2, every=2)
        assert all(len(own["earlier"]) == 1 for own in self.ranked(found))

    def test_steps_climb_what_the_ranks_say(self):
        """Candidates of the last steps are smaller than those of random steps."""
        space = spaces.get("dag:1-4")
        usual = np.mean([size(graph) for graph in generator().members])
        last = [
            size(space.from_native(name))
            for seed in range(3)
            for own in self.ranked(self.whole(seed))[-2:]
            for names in own["candidates"]
            for name in names
        ]
        assert np.mean(last) < usual - 0.5

    def test_a_strategy_that_is_memory_less_does_not_look_back(self):
        search = self.search()
        strategy = search.strategy
        if not strategy.memory_less:
            pytest.skip("it says that it remembers")
        state = strategy.begin()
        ranked = search._ranked(strategy.draw(state, Past(), 0, 0), 0, 0)
        state = strategy.learn(state, ranked)
        past = Past(losses={"1:|1:": 3.0}).then(ranked)
        np.testing.assert_array_equal(strategy.draw(state, past, 1, 0), strategy.draw(state, Past(), 1, 0))


class TestGradient(StrategyContract):
    name = "gradient"


class TestDistribution(StrategyContract):
    name = "distribution"


class TestCmaes(StrategyContract):
    name = "cmaes"


class TestEvolution(StrategyContract):
    name = "evolution"


class TestDelta(StrategyContract):
    name = "delta"
    trials_a_step = 2

    def test_a_trial_derives_one_architecture_that_no_other_has(self):
        derived = [own["derived"] for _, own, _ in self.whole()]
        assert all(len(found) == 1 for found in derived)
        assert len({key for [[_, _, key]] in derived}) == len(derived)


def test_every_strategy_keeps_the_contract():
    assert {kind.name for kind in StrategyContract.__subclasses__()} == STRATEGIES.keys() == SETTINGS_OF.keys()


@pytest.mark.parametrize("count", [1, 2, 36])
@pytest.mark.parametrize("name", STRATEGIES)
def test_any_number_of_candidates_can_be_drawn(name, count):
    count = min(count, len(generator().members))
    search = FaDESearch(generator(), ranker, SmallIsGood(), FadeConfig(rows=ROWS, strategy=name, candidates=count))
    study = open_study(None, "fade", {})
    search.run(study, 0, lambda trials: len(trials) >= 2)
    for trial in completed(study)[: 1 if STRATEGIES[name].one_by_one else 2]:
        assert [len(set(names)) for names in trial.user_attrs["candidates"]] == [count] * ROWS
