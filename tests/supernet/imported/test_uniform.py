"""All widths of a network scaled alike."""

from __future__ import annotations

import imported_networks as networks
import pytest

from supernet.imported.space import NetworkSpace, from_module
from supernet.imported.uniform import uniform


@pytest.fixture(scope="module")
def around(tmp_path_factory):
    return NetworkSpace(from_module(networks.residual(), (1, 1, 8, 8), tmp_path_factory.mktemp("space") / "net.yaml"))


def test_where_the_network_fits_it_is_the_network_itself(around):
    assert around.space.to_native(uniform(around.space, lambda graph: True)) == "0" * len(around.space.options)


def test_it_changes_nothing_but_widths_and_all_by_one_share(around):
    whole = around.cost(around.space.from_native("0" * len(around.space.options))).flops
    found = uniform(around.space, lambda graph: around.cost(graph).flops <= 0.6 * whole)
    assert around.cost(found).flops <= 0.6 * whole
    chosen = around.space.to_choices(found)
    widths = {name for name in chosen if name.endswith((".width", ".inner"))}
    share = max(chosen[name] / around.space.choices[name][0] for name in widths)
    assert share < 1
    for name, values in around.space.choices.items():
        narrower = [value for value in values if name in widths and value <= share * values[0]]
        assert chosen[name] == (max(narrower, default=min(values)) if name in widths else values[0])


def test_it_is_the_widest_that_fits(around):
    tried = []
    uniform(around.space, lambda graph: tried.append(around.cost(graph).flops) or len(tried) == 3)
    assert tried == sorted(tried, reverse=True)


def test_where_nothing_fits_nothing_is_found(around):
    assert uniform(around.space, lambda graph: False) is None
