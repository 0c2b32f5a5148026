"""What an objective says where it says nothing of its own."""

import pytest
from small_searches import Digits

from archgraph import InputError
from search import Architecture


def test_an_objective_of_ones_own_need_not_say_more():
    objective = Digits()
    assert (objective.members, objective.values, objective.hyper, objective.cheap) == (None, None, None, False)
    assert dict(objective.settings) == {}


def test_it_has_no_figure_on_test_and_no_text():
    objective = Digits()
    for asked in (lambda: objective.check_test(2), lambda: objective.judge(Architecture("0", "x"), 2)):
        with pytest.raises(InputError, match="winners of digits have no figure on test"):
            asked()
    with pytest.raises(InputError, match="Digits cannot be named by a text"):
        Digits.read("x", objective.space)


def test_cells_at_hand_make_no_other_architecture():
    cells = (Digits.space.from_native("00000000"),)
    assert Architecture("00000000", "x", cells) == Architecture("00000000", "x")
    assert hash(Architecture("00000000", "x", cells)) == hash(Architecture("00000000", "x"))
