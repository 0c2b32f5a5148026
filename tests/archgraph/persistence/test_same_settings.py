import json

import pytest

from archgraph import InputError
from archgraph.persistence.same_settings import check_same_settings

BEFORE = {"seed": 0, "recipe": {"epochs": 2, "rate": 0.1}, "cells": ["a" * 32, "b"], "pair": (1, 2), "network": {}}


@pytest.mark.parametrize("known", [BEFORE, json.dumps(BEFORE)], ids=["mapping", "text"])
def test_the_same_settings_pass_in_any_order_and_from_anywhere(known):
    check_same_settings(known, dict(reversed(BEFORE.items())), "folder a")
    check_same_settings(known, {name: value for name, value in BEFORE.items() if name != "network"}, "folder a")


@pytest.mark.parametrize(
    ("change", "differ"),
    [
        ({"seed": 1}, "seed 0, not 1"),
        ({"seed": None}, "seed 0, not null"),
        ({"new": 3}, "new absent, not 3"),
        ({"recipe": {"epochs": 3, "rate": 0.1}}, "recipe.epochs 2, not 3"),
        ({"recipe": {}}, "recipe.epochs 2, not absent, recipe.rate 0.1, not absent"),
        ({"pair": (1, 3), "seed": 1}, "seed 0, not 1, pair [1, 2], not [1, 3]"),
        ({"cells": ["b"]}, "cells"),
    ],
)
def test_settings_that_differ_are_named_with_what_to_do(change, differ):
    with pytest.raises(InputError) as caught:
        check_same_settings(json.dumps(BEFORE), BEFORE | change, "file a.log")
    assert str(caught.value) == (
        f"file a.log was begun with other settings ({differ}); give those, remove it or choose another name"
    )


@pytest.mark.parametrize("text", ["", "{", "3", "[1]", '"x"'])
def test_what_holds_no_settings_is_damaged(text):
    with pytest.raises(InputError, match=r"file a\.log is damaged, its settings cannot be read; remove it"):
        check_same_settings(text, {"seed": 0}, "file a.log")
