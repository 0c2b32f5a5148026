import threading

import pytest
import torch

from archgraph.threads import single_threads


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_pieces_run_at_once_with_one_thread_each(two_threads):
    together = threading.Barrier(2, timeout=30)

    def piece(number):
        together.wait()  # passes only if two pieces run at the same time
        return number, torch.get_num_threads()

    with single_threads() as workers:
        assert list(workers.map(piece, range(2))) == [(0, 1), (1, 1)]
    assert torch.get_num_threads() == 2


def test_the_number_of_threads_comes_back_after_an_error(two_threads):
    with pytest.raises(ZeroDivisionError), single_threads() as workers:
        workers.submit(lambda: 1 / 0).result()
    assert torch.get_num_threads() == 2
