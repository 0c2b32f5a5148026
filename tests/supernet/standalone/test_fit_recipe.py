import json

import pytest
import torch

from archgraph import InputError
from supernet.images.splits import Images
from supernet.standalone.fit_recipe import FitRecipe


def test_the_rate_rises_by_a_line_and_falls_by_a_cosine():
    recipe = FitRecipe(epochs=10, warm_up=2, learning_rate=0.1)
    assert [recipe.rate(done) for done in (0, 1, 2)] == [0, 0.05, 0.1]
    assert recipe.rate(6) == pytest.approx(0.05)
    assert recipe.rate(10) == pytest.approx(0)
    assert FitRecipe(epochs=2, warm_up=5, learning_rate=0.1).rate(1) == 0.1
    assert FitRecipe(epochs=2, warm_up=0, learning_rate=0.1).rate(0) == 0.1


def test_balanced_classes_count_alike(small_digits):
    labels = torch.tensor([0] * 6 + [1] * 2)
    data = vars(small_digits) | {"train": Images(torch.zeros(8, 1, 8, 8), labels), "class_names": ("a", "b")}
    data = type(small_digits)(**data)
    assert FitRecipe().weights_of_classes(data) is None
    weights = FitRecipe(class_weights="balanced").weights_of_classes(data)
    assert weights.tolist() == pytest.approx([8 / 12, 2.0])
    assert weights[labels].mean().item() == pytest.approx(1)


def test_a_search_brings_its_steps_but_not_how_long():
    found = {"epochs": 3, "batch_size": 16, "learning_rate": 0.01, "optimizer": "adam", "augment": True}
    recipe = FitRecipe.of_search(found, epochs=50)
    assert (recipe.epochs, recipe.batch_size, recipe.learning_rate, recipe.optimizer) == (50, 16, 0.01, "adamw")
    recipe = FitRecipe.of_search(found | {"optimizer": "sgd", "weight_decay": 5e-4}, batch_size=8)
    assert (recipe.optimizer, recipe.weight_decay, recipe.batch_size) == ("sgd", 5e-4, 8)
    assert FitRecipe.of_search({}) == FitRecipe()
    assert json.loads(json.dumps(recipe.to_dict()))["augmentation"]["crop"] is True


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"batch_size": 1}, "batch_size is a whole number from 2"),
        ({"epochs": 0}, "epochs is a whole number from 1"),
        ({"learning_rate": float("nan")}, "learning_rate is a positive number"),
        ({"label_smoothing": 1.0}, "label_smoothing is a number from 0 to less than 1, but got 1"),
        ({"averaging": -0.1}, "averaging is a number from 0"),
        ({"class_weights": "some"}, "class_weights is one of none, balanced"),
        ({"patience": -1}, "patience is a whole number from 0"),
        ({"optimizer": "lion"}, "optimizer is one of"),
    ],
)
def test_numbers_that_make_no_sense_are_named(settings, reason):
    with pytest.raises(InputError, match=reason):
        FitRecipe(**settings)
