"""Every method searches a grammar's space: trees of choices, whose number no one knows before."""

import numpy as np
import pytest

from archgraph import ArchTable, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.seeds import derive_seed
from archgraph.storages.study import open_study
from encoders.embedding.buckets import BucketGenerator
from search.fade.make import fade_search
from search.loop import run_study
from search.methods import METHODS, SAMPLED, make
from search.objectives.base import Objective
from search.objectives.evaluation import Evaluation
from search.objectives.table import TableObjective
from search.objectives.train import TrainObjective
from search.studies.study import completed
from supernet.images.datasets import digits
from supernet.standalone.training import Recipe

RULES = """
start: network
nodes: 9
rules:
  network: [[stem, body, globalavgpool]]
  stem: [conv3x3-bn-relu, conv3x3-s2-bn-relu]
  body: [block, [block, body], {repeat: block, times: [2, 3]}]
  block: [{residual: [conv, conv3x3-bn]}, conv]
  conv: [conv3x3-bn-relu, conv5x5-bn-relu]
"""


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    file = tmp_path_factory.mktemp("grammar") / "small.yaml"
    file.write_text(RULES)
    return spaces.get(f"grammar:{file}")


class Sized(Objective):
    """Far from six nodes is poor; the hash breaks ties."""

    names, directions = ("made",), ("minimize",)

    def __init__(self, space):
        self.space = space

    def __call__(self, architectures, seeds):
        graphs = [self.space.from_native(a.native) for a in architectures]
        values = [
            abs(g.num_nodes - 6) + derive_seed(0, a.hash) / 2**32 for g, a in zip(graphs, architectures, strict=True)
        ]
        return [Evaluation((value,), gmacs=1.0) for value in values]


@pytest.mark.parametrize("name", [name for name in (*METHODS, *SAMPLED) if name not in ("global", "gp")])
def test_a_method_proposes_members_that_are_new(space, name):
    study = open_study(None, name, {}, ("minimize",))
    run_study(study, make(name, space), Sized(space), 0, lambda begun: len(begun) >= 8)
    found = [trial.user_attrs["architecture"] for trial in completed(study)]
    assert len(found) == len(set(found)) == 8
    assert all(space.from_native(native) in space for native in found)
    trial = study.best_trial
    assert set(trial.params) == set(space.choices)


def test_the_global_process_and_tables_take_the_whole_space(space):
    members = space.enumerate()
    objective = TableObjective(members.with_metrics(acc=-abs(members.graph_sizes - 6.0)), space, ["acc"])
    study = open_study(None, "global", {}, objective.directions)
    run_study(study, make("global", space), objective, 0, lambda begun: len(begun) >= 20)
    assert study.best_value == 0.0


def test_fade_ranks_whole_networks_as_the_candidates_of_one_row(space):
    network = NetworkChoice(settings={"channels": 4})
    objective = TrainObjective(space, network, digits().limit_train(32), Recipe(epochs=1))
    members = space.enumerate()
    embeddings = np.random.default_rng(0).standard_normal((len(members), 2))
    generator = BucketGenerator(members, embeddings, buckets=4, seed=0)
    search = fade_search(objective, generator, {"candidates": 3, "derived": 1, "hyper": {"epochs": 1, "warm_up": 1}})
    study = open_study(None, "fade", {}, objective.directions)
    search.run(study, 0, lambda trials: len(trials) >= 1)
    [trial] = completed(study)
    assert [len(row) for row in trial.user_attrs["candidates"]] == [3]
    assert space.from_native(trial.user_attrs["architecture"]) in space
    assert trial.user_attrs["hyper_gmacs"] > 0


def test_a_table_of_a_grammar_is_read_back(space, tmp_path):
    graphs = space.sample(5, np.random.default_rng(0))
    table = ArchTable.from_graphs(graphs, ids=[f"{i}" for i in range(5)], space=space.name)
    table.write(tmp_path / "drawn.parquet")
    assert ArchTable.read(tmp_path / "drawn.parquet").hashes() == table.hashes()
