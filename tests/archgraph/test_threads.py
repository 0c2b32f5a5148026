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


def test_threads_of_the_user_keep_theirs_while_pieces_run(two_threads):
    asked, seen = threading.Event(), []

    def user():
        torch.get_num_threads()
        asked.wait(30)
        seen.append(torch.get_num_threads())

    running = threading.Thread(target=user)
    running.start()
    with single_threads(1) as workers:
        workers.submit(torch.get_num_threads).result()
        assert torch.get_num_threads() == 2
        later = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
        later.start()
        later.join()
        asked.set()
        running.join()
    assert seen == [2, 2]
