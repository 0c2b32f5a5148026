import math

import numpy as np
import pytest

from archgraph import InputError
from archgraph.checks import check_choice, check_not_negative, check_positive, check_share, check_whole, shown

NO_NUMBERS = [None, "1", True, math.nan, [1], 1j]


@pytest.mark.parametrize(
    ("check", "good", "bad", "message"),
    [
        (
            lambda **value: check_whole(2, **value),
            [2, 10**30],
            [1, 2.0, math.inf],
            "x is a whole number from 2, but got",
        ),
        (lambda **value: check_whole(2, 4, **value), [2, 4], [1, 5], "x is a whole number from 2 to 4, but got"),
        (check_positive, [1, 0.1], [0, -1, math.inf], "x is a positive number, but got"),
        (check_not_negative, [0, 0.0, 1], [-0.1, math.inf], "x is a number from 0, but got"),
        (check_share, [0.1, 0.9], [0, 1, -1, math.inf], "x lies between 0 and 1, but got"),
    ],
    ids=["whole", "within", "positive", "not negative", "share"],
)
def test_a_number_that_makes_no_sense_is_named(check, good, bad, message):
    check(**{f"n{i}": value for i, value in enumerate(good)})
    for value in [*bad, *NO_NUMBERS]:
        with pytest.raises(InputError) as caught:
            check(first=good[0], x=value)
        assert str(caught.value) == f"{message} {shown(value)}"


def test_a_choice_that_does_not_exist_lists_those_that_do():
    check_choice(iter(["a", "b"]), x="a", y="b")
    for value in ("c", None, ["a"]):
        with pytest.raises(InputError, match="x is one of a, b, but got"):
            check_choice(["a", "b"], x=value)


def test_a_value_is_shown_in_one_short_line():
    assert [shown(value) for value in ("x\n", 3, None)] == ["'x\\n'", "3", "None"]
    assert shown(np.zeros((2, 2))) == "[[0. 0.] [0. 0.]]"
    assert len(shown("x" * 100)) == len(shown([1] * 100)) == 64


def test_numbers_of_numpy_are_numbers():
    check_whole(1, n=np.int64(3))
    check_positive(rate=np.float32(0.5), large=10**400)
    check_not_negative(rate=0)
    check_share(part=0.5)
    for part in (0, 1):
        with pytest.raises(InputError, match=f"part lies between 0 and 1, but got {part}"):
            check_share(part=part)
