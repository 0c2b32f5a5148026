"""Numbers and choices that make no sense are named in one line."""

import math

import pytest

from archgraph import InputError, checks


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (lambda x: checks.check_whole(1, 9, size=x), (1, 9), (0, 10, 1.5, True, "3", None)),
        (lambda x: checks.check_positive(size=x), (1e-9, 3), (0, -1, math.inf, math.nan, True, "3")),
        (lambda x: checks.check_not_negative(size=x), (0, 2.5), (-1e-9, math.nan, None)),
        (lambda x: checks.check_share(size=x), (0.5,), (0, 1, math.nan)),
        (lambda x: checks.check_choice(["a", "b"], size=x), ("a", "b"), ("c", None)),
    ],
)
def test_a_value_that_makes_no_sense_is_named(check, good, bad) -> None:
    for value in good:
        check(value)
    for value in bad:
        with pytest.raises(InputError, match=r"^size .*but got"):
            check(value)
