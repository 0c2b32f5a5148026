import pytest
import torch
from picture_files import encoded, picture

from archgraph import InputError
from supernet.images.loader import FEW, default_workers, in_batches, in_turns
from supernet.images.preprocessing import EncodedBytes

PICTURES = [EncodedBytes(bytes([i])) for i in range(7)]


def first_byte(data):
    if data.read_bytes()[0] == 6:
        raise InputError("six: cannot read")
    return torch.tensor(data.read_bytes()[0], dtype=torch.float32 if data.read_bytes()[0] == 5 else torch.uint8)


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_come_in_order_whatever_the_workers(workers):
    state = torch.get_rng_state()
    found = list(in_batches(PICTURES, first_byte, [[3, 1], [2], [4, 5]], workers))
    assert [batch.tolist() for batch in found] == [[3, 1], [2], [4, 5]]
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("workers", [0, 1])
def test_what_is_refused_in_a_worker_is_one_line(workers):
    with pytest.raises(InputError) as refused:
        list(in_batches(PICTURES, first_byte, [[0, 6]], workers))
    assert str(refused.value) == "six: cannot read"


def test_other_values_come_as_lists():
    assert list(in_batches([EncodedBytes(encoded(picture(0)))], str, [[0, 0]])) == [
        [str(EncodedBytes(encoded(picture(0))))] * 2
    ]


def test_rows_in_turns():
    assert [list(turn) for turn in in_turns(5, 2)] == [[0, 1], [2, 3], [4]]


def test_few_pictures_need_no_workers(monkeypatch):
    assert default_workers(FEW - 1) == 0
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 0}))
    assert default_workers(FEW) == 0
