import numpy as np
import pytest
import torch

from archgraph import ArchTable, spaces
from archgraph.operation import KINDS
from archgraph.persistence.arrays import flatten
from encoders.delta.learners.tuned import TunedNetworks, standard
from encoders.graph_network.network import GraphNetwork


@pytest.fixture(scope="module")
def start():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return GraphNetwork(hidden=16, layers=1)


@pytest.fixture(scope="module")
def table():
    graphs = spaces.get("nasbench101").sample(200, np.random.default_rng(0))
    return ArchTable.from_graphs(graphs)


@pytest.fixture(scope="module")
def y(table):
    counts = np.array([graph.ops.count("conv3x3-bn-relu") for graph in table], dtype=float)
    return (counts - counts.mean()) / counts.std()


@pytest.fixture(scope="module")
def tuned(start, table, y):
    return TunedNetworks.fit(start, standard(start, table, True), table[:80], y[:80], True, seed=0)


def test_a_member_learns_what_labels_say(tuned, table, y):
    assert np.corrcoef(tuned.predict(table[80:]), y[80:])[0, 1] > 0.7


def test_the_start_stays_as_it_is_and_the_seed_says_everything(start, table, y):
    before = {name: value.clone() for name, value in start.state_dict().items()}
    first, again = (
        TunedNetworks.fit(start, standard(start, table, True), table[:6], y[:6], True, seed=1) for _ in range(2)
    )
    np.testing.assert_array_equal(first.predict(table), again.predict(table))
    assert all(torch.equal(value, before[name]) for name, value in start.state_dict().items())


def test_the_folds_become_one_member_that_says_what_they_say(start, tuned, table, y):
    usual = standard(start, table, True)
    folds = [TunedNetworks.fit(start, usual, table[:80], y[:80], True, seed=0, fold=fold) for fold in range(2)]
    joined = TunedNetworks.joined(folds, tuned)
    assert joined.members[1:] == tuned.members
    one = TunedNetworks(joined.members[:1], True).predict(table[80:])
    both = np.mean([fold.predict(table[80:]) for fold in folds], axis=0)
    assert np.corrcoef(one, both)[0, 1] > 0.95


def test_members_come_back_from_their_arrays(tuned, table):
    again = TunedNetworks.from_arrays(flatten(tuned.arrays()), tuned.settings, KINDS)
    np.testing.assert_array_equal(again.predict(table), tuned.predict(table))


def test_what_is_on_no_effective_path_says_nothing(start):
    def cell(behind):
        return spaces.get("nasbench201").from_native(f"|none~0|+|none~0|{behind}~1|+|nor_conv_3x3~0|none~1|none~2|")

    cells = ArchTable.from_graphs([cell("nor_conv_3x3"), cell("skip_connect")])
    for effective in (True, False):
        tuned = TunedNetworks.fit(
            start, standard(start, cells, effective), cells, np.array([-1.0, 1.0]), effective, seed=0
        )
        first, second = tuned.predict(cells)
        assert (abs(first - second) < 1e-5) == effective
