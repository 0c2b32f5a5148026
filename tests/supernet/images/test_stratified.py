import torch
from hypothesis import given
from hypothesis import strategies as st

from supernet.images.stratified import MANY, folds, held_out_size, hold_out

COUNTS = st.lists(st.integers(1, 60), min_size=2, max_size=8)


def labels_of(counts):
    return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))


@given(COUNTS, st.integers(1, 2))
def test_each_class_is_held_out_by_its_share(counts, leave):
    labels = labels_of(counts)
    stays, held_out = hold_out(labels, leave)
    assert sorted(torch.cat([stays, held_out]).tolist()) == list(range(len(labels)))
    share = held_out_size(len(labels)) / len(labels)
    for count, found in zip(counts, labels[held_out].bincount(minlength=len(counts)).tolist(), strict=True):
        assert found == 0 if count <= leave else 1 <= found <= count - leave
        assert found <= 1 or abs(found - count * share) <= 0.5


def test_the_draw_is_the_same_every_time_and_in_random_order():
    labels = labels_of([50, 50])
    first, again = hold_out(labels), hold_out(labels)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert first[0].tolist() != sorted(first[0].tolist())


def test_of_many_images_the_first_of_a_random_order_are_held_out_if_all_classes_are_there():
    labels = torch.arange(MANY) % 10
    order = torch.randperm(MANY, generator=torch.Generator().manual_seed(0))
    stays, held_out = hold_out(labels)
    assert torch.equal(held_out, order[: MANY // 10])
    assert torch.equal(stays, order[MANY // 10 :])
    labels[labels == 9] = 0
    labels[:10] = 9
    assert labels[hold_out(labels)[1]].bincount()[9] == 1


def test_a_tenth_is_held_out_and_more_of_small_sets():
    assert [held_out_size(n) for n in (2, 10, 180, 1000, 1500, 2000, 50_000)] == [1, 2, 36, 200, 200, 200, 5000]


@given(COUNTS, st.integers(2, 6))
def test_folds_hold_each_image_once_and_each_class_evenly(counts, count):
    labels = labels_of(counts)
    found = folds(labels, count)
    single = [row for row, label in enumerate(labels.tolist()) if counts[label] == 1]
    assert sorted([*torch.cat(found).tolist(), *single]) == list(range(len(labels)))
    for number, size in enumerate(counts):
        each = [int((labels[rows] == number).sum()) for rows in found]
        assert max(each) - min(each) <= 1
        assert size == 1 or max(each) < size or count > size
