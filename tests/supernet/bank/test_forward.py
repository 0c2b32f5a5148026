from unittest.mock import patch

import torch

from archgraph.networks.macro_skeleton import hyper_of, network_of
from supernet.bank.bank import Bank
from supernet.bank.forward import BatchedForward, SequentialForward


def test_large_images_run_apart_on_a_cpu_and_small_ones_together(cells, skeleton):
    bank = Bank([hyper_of(skeleton, [cells, cells])], [0])
    assert isinstance(bank.begin(torch.randn(4, 1, 8, 8)), BatchedForward)
    assert isinstance(bank.begin(torch.randn(2048, 1, 8, 8)), SequentialForward)
    own = Bank([network_of(skeleton, [cells[1], cells[1]])], [0], own_images=True)
    assert isinstance(own.begin(torch.randn(2048, 1, 1, 8, 8)), BatchedForward)  # scores watch its groups


def test_a_pass_stops_between_groups_and_goes_on_as_often_as_wanted(cells, skeleton, way):
    bank = Bank([hyper_of(skeleton, [cells, cells])], [0]).double().eval()
    images, weights = torch.randn(4, 1, 8, 8, dtype=torch.float64), bank.weighted()
    whole, stopped = bank(images), bank.begin(images)
    stopped.advance(weights, 3)
    for _ in range(2):
        torch.testing.assert_close(stopped.clone().finish(weights), whole)
    other = weights | {name: torch.eye(len(w), dtype=torch.float64)[0] for name, w in weights.items()}
    torch.testing.assert_close(stopped.clone().finish(other), bank(images, other))
    torch.testing.assert_close(stopped.finish(weights), whole)


def test_images_may_be_repeated_where_a_pass_stands(cells, skeleton, way):
    bank = Bank([hyper_of(skeleton, [cells, cells])], [0]).double().eval()
    images, weights = torch.randn(4, 1, 8, 8, dtype=torch.float64), bank.weighted()
    for stop in (0, 3, len(bank.runs) - 1):
        stopped = bank.begin(images)
        stopped.advance(weights, stop)
        stopped.repeat(3)
        torch.testing.assert_close(stopped.finish(weights), bank(images.repeat(3, 1, 1, 1)))


def test_a_pass_apart_keeps_only_what_is_still_read(cells, skeleton):
    bank = Bank([hyper_of(skeleton, [cells, cells])], [0])
    with patch("supernet.bank.bank.LARGE", 0):
        images = bank.begin(torch.randn(4, 1, 8, 8))
    images.finish(bank.weighted())
    assert len(images.values) == 1
