import pytest

from archgraph import CompileError, spaces
from archgraph.networks.macro_skeleton import hyper_of, network_of
from archgraph.networks.skeleton import Skeleton
from supernet.bank.bank import Bank
from supernet.bank.grouped_steps import GroupedConv
from supernet.bank.schedule import schedule, spent

ROWS = spaces.get("dag:1-5x2")


def test_candidates_take_no_more_convolutions_than_the_deepest_of_them():
    cells = list(ROWS.cell.enumerate()[-40:])
    bank = Bank([hyper_of(Skeleton((1, 8, 8), 4, (3,), (1,)), [cells])], [0])
    assert sum(isinstance(module, GroupedConv) for module in bank.modules()) <= 1 + 5


def test_readers_of_one_value_share_it_without_a_copy(cells, skeleton):
    bank = Bank([hyper_of(skeleton, [[cells[1]] * 4] * 2)], [0])
    first = next(m for m in bank.modules() if isinstance(m, GroupedConv) and len(m.weight) == 4)
    assert first.groups == 1


def test_networks_of_different_images_do_not_run_together(cells):
    skeletons = [Skeleton((1, size, size), 4, (3,), (1,)) for size in (6, 8)]
    with pytest.raises(CompileError, match="images of one shape"):
        Bank([network_of(skeleton, [cells[0]]) for skeleton in skeletons], [0, 1])
    with pytest.raises(CompileError, match="each with a seed"):
        Bank([], [])


def test_layers_that_do_the_same_at_the_same_depth_are_one_group(cells, skeleton):
    alike = schedule([network_of(skeleton, [cells[1]] * 2)] * 3)
    assert [len(group.slots) for group in alike] == [1] + [3] * (len(alike) - 1)
    assert len(schedule([network_of(skeleton, [cells[1]] * 2)])) == len(alike)
    other = schedule([network_of(skeleton, [cells[1]] * 2), network_of(skeleton, [cells[3]] * 2)])
    assert len(other) > len(alike)


def test_every_effective_layer_has_one_slot_and_reads_what_ran_before(cells, skeleton):
    blueprint = hyper_of(skeleton, [cells, cells])
    groups = schedule([blueprint])
    keys = [key for group in groups[1:-1] for key in group.slots]
    assert len(keys) == len(set(keys))
    assert {number for _, number in keys} <= set(blueprint.effective)
    done = set()
    for group in groups:
        assert all(source in done for sources in group.sources.values() for source in sources)
        done |= set(group.slots)
    assert sorted(key for keys in spent(groups) for key in keys) == sorted(done - {(0, -1)})
