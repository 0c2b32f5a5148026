import pytest
import torch

from archgraph.networks.macro_skeleton import hyper_of
from supernet.bank.bank import Bank
from supernet.bank.groups import spans_of


@pytest.mark.parametrize(
    ("slots", "spans"), [([], []), ([2], [[2]]), ([0, 1, 2], [[0, 1, 2]]), ([3, 4, 0, 2], [[3, 4], [0], [2]])]
)
def test_slots_are_cut_into_runs(slots, spans):
    assert spans_of(slots) == spans


def test_a_group_gives_the_same_together_and_slot_by_slot(cells, skeleton):
    bank = Bank([hyper_of(skeleton, [cells, cells])], [0]).double().eval()
    images, weights = torch.randn(3, 1, 8, 8, dtype=torch.float64), bank.weighted()
    forward, values = bank.begin(images), {(-1, 0): images}
    for number, run in enumerate(bank.runs):
        forward.advance(weights, number + 1)
        values |= run.one_by_one(values, weights)
        apart = torch.stack([values[key] for key in run.group.slots], dim=1)
        torch.testing.assert_close(forward.outputs(), apart, msg=repr(run))
