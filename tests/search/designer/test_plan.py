import dataclasses
import json

import pytest
from small_designs import QUICK, SPACE, Ticking, few

from archgraph import InputError, spaces
from search.designer.networks import SizedNetworks
from search.designer.pace import Pace, TrainingWork
from search.designer.plan import DesignPlan, Planner, read_budget
from search.designer.settings import DesignSettings

PLAN = DesignPlan(
    network={"kind": "published", "settings": {"width": 4}},
    method="random",
    known=(),
    trials=4,
    batch=2,
    train_size=64,
    trial_epochs=3,
    batch_size=32,
    learning_rate=0.01,
    randaugment=0,
    folds=0,
    work=TrainingWork(1e6, 1e4),
    trial_pace=Pace(0.1, 0.0, 0.0),
    fit_pace=Pace(0.2, 0.0, 0.0),
    seconds=100.0,
    budget=110.0,
    most_epochs=1000,
)


def planned(images, budget, tick, settings=QUICK, **limits):
    sized = SizedNetworks(SPACE, images.shape, images.classes, limits, settings)
    return Planner(sized, images, budget, 0.0, Ticking(tick), settings).plan()


@pytest.mark.parametrize("text", ["", "m", "0", "-3m", "1d", "1 h", "nan", "٣m"])
def test_what_is_no_budget_is_refused(text):
    with pytest.raises(InputError, match="a budget is a time such as 90s, 30m or 2h, but got"):
        read_budget(text)


def test_a_plan_comes_back_from_its_file():
    plan = dataclasses.replace(PLAN, known=["a"])
    assert DesignPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_the_times_of_a_plan_add_up():
    images = few(train=64, others=60)
    assert PLAN.trial_seconds(images) == pytest.approx((3 * 2 + 60 / 3 / 32) * 0.1)
    assert PLAN.epoch_seconds(images) == pytest.approx(2 * 0.2)
    assert PLAN.epochs(images, spent=20.0) == 200
    assert PLAN.epochs(images, spent=200.0) == 1
    folded = dataclasses.replace(PLAN, folds=2)
    assert folded.epoch_seconds(images) == pytest.approx((2 * (62 // 32) + 124 // 32) * 0.2)


def test_slower_networks_are_trained_shorter():
    assert PLAN.epochs(few(), 20.0, step=0.4) == 100
    assert PLAN.epochs(few(), 20.0, step=0.8) == 50


def test_without_time_for_a_search_a_known_architecture_is_trained():
    space = spaces.get("nasbench201")
    images = few()
    sized = SizedNetworks(space, images.shape, images.classes, {}, dataclasses.replace(QUICK, known=4), kind="pooled")
    plan = Planner(sized, images, 2.0, 0.0, Ticking(0.01), dataclasses.replace(QUICK, trials=1000)).plan()
    assert (plan.trials, len(plan.known)) == (0, 4)
    assert f"too little time for a search: {plan.known[0]}" in plan.said(space.name, images)


def test_it_says_what_will_be_done_and_how_long_it_takes():
    said = PLAN.said("dag:1-3x2", few())
    assert "dag:1-3x2, network published (width 4), images 1x8x8" in said
    assert "search by random: 4 trials x 0.73 s (3 epochs of 64 images), 3 s" in said
    assert "about 242 epochs x 0.4 s, 97 s; of 110 s in all" in said
    assert "\n" not in said


def test_more_time_means_more():
    short, long = (planned(few(), budget, 0.2, dataclasses.replace(QUICK, most_trials=64)) for budget in (5.0, 60.0))
    assert long.trials > short.trials
    assert long.trial_epochs >= short.trial_epochs
    assert long.trials % long.batch == 0
    for plan in (short, long):
        spent = plan.trials * plan.trial_seconds(few())
        assert spent <= QUICK.search_share * plan.seconds or plan.trials == plan.batch


def test_too_little_time_makes_the_network_smaller():
    settings = dataclasses.replace(QUICK, least_epochs=2)
    rich, poor = (planned(few(), budget, 0.2, settings) for budget in (60.0, 1.0))
    assert poor.choice.settings["width"] < rich.choice.settings["width"]


def test_limits_hold_for_the_plan():
    assert planned(few(), 60.0, 0.01, params=3e3).choice.settings["width"] < 32
    with pytest.raises(InputError, match="params of at most 5"):
        planned(few(), 60.0, 0.01, params=5)


def test_few_images_validate_on_half_and_are_trained_in_folds():
    images = few(train=60, others=20)
    plan = planned(images, 60.0, 0.01)
    assert plan.folds == DesignSettings().folds
    searched = plan.searched(images)
    assert len(searched.train) == len(searched.validation) == 40
    assert plan.searched(few()).train is not None
    assert dataclasses.replace(plan, folds=0).searched(images) is images


def test_a_trial_is_trained_as_the_winner_is():
    trial, winner = PLAN.recipe, PLAN.fit_recipe(10, flip=True)
    same = ("batch_size", "learning_rate", "weight_decay", "optimizer", "clip")
    assert [getattr(trial, name) for name in same] == [getattr(winner, name) for name in same]
    assert (trial.epochs, winner.epochs, trial.augment, winner.augmentation.flip) == (3, 10, True, True)
