import numpy as np
import pytest

from archgraph.errors import InputError
from encoders.teaching.lessons import lessons


def test_a_space_with_zeros_is_read_in_two_ways_and_others_in_one():
    found = lessons(["nasbench201", "macro"], sample=100, seed=0)
    assert [(lesson.name, lesson.effective) for lesson in found] == [
        ("nasbench201", True),
        ("nasbench201, all", False),
        ("macro", True),
    ]
    assert all(len(lesson) > 90 and len(set(lesson.table.hashes())) == len(lesson) for lesson in found)


def test_targets_are_normal_scores_of_what_varies():
    [lesson] = lessons(["nasbench101"], sample=300, seed=0)
    assert lesson.targets.shape[1] > 100
    assert np.abs(lesson.targets).max() <= 4
    assert lesson.targets.std(axis=0).min() > 0
    assert abs(np.median(lesson.targets.std(axis=0)) - 1) < 0.3


def test_small_spaces_are_read_whole():
    [lesson] = lessons(["dag:1-3"], sample=1000, seed=0)
    assert len(lesson) == 9


def test_an_unknown_space_is_refused():
    with pytest.raises(InputError, match="unknown space"):
        lessons(["nasbench999"], sample=10, seed=0)
