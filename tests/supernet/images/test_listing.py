import pytest

from archgraph import InputError
from supernet.images.listing import LabelledPictures, Listing, classes_of, part_called, some


def listing(tmp_path, names=None, **parts):
    return Listing(tmp_path, {part: LabelledPictures([None] * len(v), v) for part, v in parts.items()}, names)


def test_classes_are_those_of_the_training_part_in_order(tmp_path):
    found = classes_of(listing(tmp_path, train=["dog", "cat", "dog"], test=["cat", "dog"]))
    assert found.names == ("cat", "dog")
    assert found.labels == {"train": [1, 0, 1], "test": [0, 1]}
    assert found.notes == ()


@pytest.mark.parametrize("values", [(1, 2, 3), (-1, 1), (0, 7, 1 << 40)])
def test_any_numbers_are_counted_from_0_alike_in_all_parts_and_it_is_said(values, tmp_path):
    found = classes_of(listing(tmp_path, train=list(values), test=list(values[::-1])))
    assert found.names == tuple(map(str, values))
    assert found.labels["train"] == found.labels["test"][::-1] == list(range(len(values)))
    assert found.notes == (f"labels {', '.join(map(str, values))} are the classes 0 to {len(values) - 1}",)


def test_numbers_have_names_and_absent_classes_are_said(tmp_path):
    found = classes_of(listing(tmp_path, ["a", "b", "c"], train=[2, 0, 2], test=[0, 2]))
    assert found.names == ("a", "c")
    assert found.labels == {"train": [1, 0, 1], "test": [0, 1]}
    assert found.notes == ("no pictures of class b: left out",)
    with pytest.raises(InputError, match="label -1 has no name; the file names those from 0 to 2"):
        classes_of(listing(tmp_path, ["a", "b", "c"], train=[-1, 0, 1]))


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"train": ["a", "b"], "test": ["a", "b", "c"]}, "the test part has pictures of class c, of which the train"),
        ({"train": ["a", "b", "c"], "test": ["a", "b"]}, "pictures of class c are in the train part alone; put"),
        ({"train": ["a", "a"], "test": ["a"]}, "has a single class; give at least two"),
    ],
)
def test_classes_of_one_part_alone_are_refused(parts, reason, tmp_path):
    with pytest.raises(InputError, match=reason) as refused:
        classes_of(listing(tmp_path, **parts))
    assert "\n" not in str(refused.value)


def test_a_class_may_lack_in_one_of_three_parts(tmp_path):
    found = classes_of(listing(tmp_path, train=["a", "b"], validation=["a"], test=["b", "a"]))
    assert found.labels["validation"] == [0]


def test_parts_go_by_usual_names():
    names = {"train": ["Train", "TRAINING"], "validation": ["val", "Valid", "dev"], "test": ["test", "Testing"]}
    assert all(part_called(name) == part for part, called in names.items() for name in called)
    assert part_called("trainer") is None


def test_of_many_names_a_few_are_shown():
    assert some(list("abcdef")) == "a, b, c, d and 2 more"
    assert some(["a\nb"]) == "a\\nb"
