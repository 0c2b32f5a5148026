"""Objectives that train networks."""

from search.fade.ranker import SCORES, HyperRanker


def test_a_hyper_architecture_gets_twice_the_images_so_that_its_weights_see_as_many(objective):
    from search.objectives.train import TrainObjective

    limited = TrainObjective(objective.space, objective.network, objective.images, objective.recipe, train_size=20)
    assert len(limited.data.train) == 20
    assert len(limited.halved) == 40
    assert len(objective.halved) == len(objective.data.train) == len(objective.images.train)
    assert HyperRanker(limited.skeleton, limited.halved).recipe == SCORES["substitution"]
