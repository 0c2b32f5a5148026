"""Independent pieces of work run on one thread each."""

import pytest
import torch

from archgraph.threads import single_threads


def test_torch_has_its_threads_back_after_an_error_too() -> None:
    before = torch.get_num_threads()
    with single_threads() as workers:
        assert list(workers.map(lambda x: x + 1, range(4))) == [1, 2, 3, 4]
        assert torch.get_num_threads() == 1
    with pytest.raises(ZeroDivisionError), single_threads() as workers:
        workers.submit(divmod, 1, 0).result()
    assert torch.get_num_threads() == before
