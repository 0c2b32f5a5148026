"""FaDE on an objective, by its settings."""

import pytest

from archgraph import InputError, spaces
from archgraph.networks.choice import NetworkChoice
from archgraph.storages.study import open_study
from search.fade.make import fade_search
from search.fade.ranker import normed
from search.objectives.train import TrainObjective
from search.studies.study import completed
from supernet.hyper.recipe import preset_of
from supernet.images.datasets import digits
from supernet.standalone.training import Recipe


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sigma": "x"}, "method fade: sigma is a number, but got 'x'"),
        ({"rows": 2}, "method fade has no setting 'rows'; known are strategy"),
        ({"every": 0}, "every is a whole number from 1, but got 0"),
        ({"elite": -1}, "elite is a whole number from 0, but got -1"),
        ({"rate": -1.0}, "rate is a positive number, but got -1.0"),
        ({"candidates": 0}, "candidates is a whole number from 1, but got 0"),
        ({"correlation": 0.5}, "method fade has no setting 'correlation'"),
        ({"reading": "tea"}, "reading is one of substitution, alpha, but got 'tea'"),
        ({"preset": "tea"}, "preset is one of archgraph, authors, but got 'tea'"),
        ({"hyper": 3}, "hyper is settings by name, but got 3"),
        ({"hyper": {"epochs": "x"}}, "a training: epochs is a whole number, but got 'x'"),
    ],
)
def test_settings_that_make_no_sense_are_said_by_name(settings, message, objective, generator):
    with pytest.raises(InputError, match=message):
        fade_search(objective, generator, settings)


def test_unknown_readings_and_trainings_are_refused(generator, objective):
    with pytest.raises(InputError, match="reading is one of substitution, alpha, but got 'tea leaves'"):
        fade_search(objective, generator, {"reading": "tea leaves"})
    with pytest.raises(InputError, match=r"a training has no setting .speed.; known are epochs"):
        fade_search(objective, generator, {"hyper": {"speed": 1}})


def test_the_authors_preset_is_of_trainings_and_norms_and_reads_off_their_parameters(generator, objective):
    usual, authors = (fade_search(objective, generator, {"preset": name}).ranker for name in ("archgraph", "authors"))
    assert (usual.score, usual.skeleton.norm) == ("substitution", "cells")
    assert (authors.score, authors.skeleton.norm) == ("alpha", "sums")
    assert authors.recipe == preset_of("authors").recipe
    changed = fade_search(
        objective, generator, {"preset": "authors", "reading": "substitution", "hyper": {"epochs": 2}}
    )
    assert (changed.ranker.score, changed.ranker.recipe.epochs) == ("substitution", 2)


def test_the_authors_preset_is_refused_where_there_are_no_rows_of_cells():
    space = spaces.get("grammar:vision")
    whole = TrainObjective(space, NetworkChoice(), digits().limit_train(32), Recipe(epochs=1))
    with pytest.raises(InputError, match="preset authors normalises FaDE's rows of cells"):
        normed(whole.hyper[0], "authors")


def test_a_space_without_rows_is_searched_as_one_row(space, generator):
    one = TrainObjective(space, NetworkChoice(settings={"width": 4}), digits().limit_train(32), Recipe(epochs=1))
    search = fade_search(one, generator, {"candidates": 2, "derived": 1, "hyper": {"epochs": 1, "warm_up": 1}})
    study = open_study(None, "fade", {}, one.directions)
    search.run(study, 0, lambda trials: len(trials) >= 1)
    assert [len(row) for row in completed(study)[0].user_attrs["candidates"]] == [2]
