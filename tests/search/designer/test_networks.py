import pytest

from archgraph import InputError, spaces
from search.designer.networks import SAMPLED, SizedNetworks
from search.designer.settings import DesignSettings

IMAGE = (3, 32, 32)


def sized(space, **limits):
    return SizedNetworks(spaces.get(space), IMAGE, 10, limits, DesignSettings())


@pytest.mark.parametrize("space", ["nasbench201", "nasbench101", "macro", "darts", "dag:1-3x3", "transnas"])
@pytest.mark.parametrize("limits", [{"params": 3e5}, {"flops": 2e7}])
def test_most_members_keep_the_limits_in_the_largest(space, limits):
    made = sized(space, **limits)
    choices = list(made.choices())
    assert len(made.fitting(choices[0])) >= 0.9 * SAMPLED
    flops = [sum(made.flops(choice, graph) for graph in made.members) for choice in choices]
    assert flops == sorted(flops, reverse=True)
    assert len(set(flops)) == len(flops)


def test_the_published_network_is_the_largest_without_limits():
    assert next(sized("nasbench201").choices()).settings == {"cells": 5, "channels": 16}
    assert next(sized("nasbench201", params=1e7).choices()).settings["channels"] > 16


def test_tight_limits_make_it_shallow_before_it_is_too_narrow():
    settings = [next(sized("nasbench201", params=most).choices()).settings for most in (4e5, 1e5)]
    assert [one["cells"] for one in settings] == [5, 2]
    assert all(one["channels"] >= 8 for one in settings)


def test_latencies_are_limits_too():
    choices = list(sized("dag:1-3x2", latency_ms=1e3).choices())
    assert choices
    with pytest.raises(InputError, match="latency_ms of at most 1e-06; the least found has"):
        next(sized("dag:1-3x2", latency_ms=1e-6).choices())


def test_limits_that_nothing_keeps_are_refused_with_the_least():
    with pytest.raises(InputError, match=r"of nasbench201 .* params of at most 10; the least found has"):
        next(sized("nasbench201", params=10.0).choices())


def test_members_are_ordered_by_their_cost():
    made = sized("nasbench201", params=2e5)
    choice = next(made.choices())
    flops = [made.flops(choice, graph) for graph in made.fitting(choice)]
    assert flops == sorted(flops)
    costs = [choice.cost(graph, "nasbench201", IMAGE, 10).params for graph in made.fitting(choice)]
    assert max(costs) <= 2e5
