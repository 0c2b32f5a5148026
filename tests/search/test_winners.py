"""The best of a search as graphs."""

import numpy as np
import pytest
from small_searches import Made, run, table

from archgraph import ArchTable, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.seeds import derive_seed
from archgraph.storages.study import open_study
from search.fade.make import fade_search
from search.objectives.table import TableObjective
from search.problem import Problem, Search
from search.run import run_search
from search.studies.study import completed
from search.winners import winner_table

TRAINED = Problem.of(
    "dag:1-3", "train:digits", 2, width=4, train_size=48, recipe={"epochs": 1, "batch_size": 16}, device="cpu"
)


def test_the_best_come_first_with_their_values():
    made = Made(spaces.get("macro"))
    study = run("random", None, made, trials=9)
    found = winner_table(study, made, top=3)
    assert list(found.ids) == [
        t.user_attrs["architecture"] for t in sorted(completed(study), key=lambda t: t.value)[:3]
    ]
    assert [made.space.to_native(graph) for graph in found] == list(found.ids)
    assert found.metrics["made"].tolist() == sorted(trial.value for trial in study.trials)[:3]
    assert found.meta == [{"study": "random"}] * 3
    assert set(found.space) == {"macro"}


def test_higher_is_better_where_it_is():
    objective = TableObjective(table(), spaces.get("dag:1-4"), ["acc"])
    found = winner_table(run("random", None, objective, trials=9), objective, top=2)
    assert (np.diff(found.metrics.acc) < 0).all()


def test_a_pareto_front_is_given_whole():
    objective = TableObjective(table(), spaces.get("dag:1-4"), ["acc", "-size"])
    study = run("random", None, objective, trials=20)
    found = winner_table(study, objective, top=1)
    assert set(found.ids) == {t.user_attrs["architecture"] for t in study.best_trials}
    assert (np.diff(found.metrics.acc) < 0).all()
    assert len(found) > 1


def test_files_say_which_network_was_trained_how_and_on_what(tmp_path):
    path = tmp_path / "winners.jsonl"
    study = run_search(TRAINED, Search("random"), 4, winners=path, top=2)
    found = ArchTable.read(path)
    assert len(found) == 2
    assert found.metrics["validation loss"][0] == study.best_value
    assert {"validation_accuracy", "params", "flops"} < set(found.metrics)
    [meta] = {str(meta): meta for meta in found.meta}.values()
    assert meta["study"] == "random-0"
    assert meta["data"] == {"name": "digits", "size": None, "train_size": 48}
    assert (meta["recipe"]["epochs"], meta["recipe"]["batch_size"], meta["recipe"]["optimizer"]) == (1, 16, "adam")
    network = NetworkChoice.from_dict(meta["network"])
    assert network == NetworkChoice("published", {"width": 4})
    blueprint = network.blueprint(found[0], str(found.space[0]), (1, 8, 8), 10)
    assert blueprint.cost.params == found.metrics.params[0]


def test_a_step_of_fade_gives_all_that_it_evaluated(generator, objective):
    study = open_study(None, "fade", {}, objective.directions)
    settings = {"strategy": "gradient", "candidates": 2, "derived": 3, "hyper": {"epochs": 1, "warm_up": 1}}
    fade_search(objective, generator, settings).run(study, 0, lambda trials: len(trials) >= 1)
    found = winner_table(study, objective)
    assert len(found) == 3
    assert found.metrics["validation loss"][0] == study.best_value


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_is_given_twice(seed):
    made = Made(spaces.get("macro"))
    found = winner_table(run("local", None, made, seed=derive_seed(seed)), made, top=99)
    assert len(set(found.hashes())) == len(found)
