import pytest

from archgraph import InputError, spaces
from search.designer.networks import SAMPLED, SizedNetworks
from search.designer.settings import DesignSettings

IMAGE = (3, 32, 32)


def sized(space, kind="published", image=IMAGE, **limits):
    return SizedNetworks(spaces.get(space), image, 10, limits, DesignSettings(), kind=kind)


@pytest.mark.parametrize("space", ["nasbench201", "nasbench101", "macro", "darts", "dag:1-3x3", "transnas"])
@pytest.mark.parametrize("limits", [{"params": 3e5}, {"flops": 2e7}])
def test_enough_members_keep_the_limits_in_the_largest(space, limits):
    made = sized(space, **limits)
    choices = list(made.choices())
    assert len(made.fitting(choices[0])) >= DesignSettings().fitting * SAMPLED
    flops = [sum(made.flops(choice, graph) for graph in made.members) for choice in choices]
    assert flops == sorted(flops, reverse=True)
    assert len(set(flops)) == len(flops)


def test_the_published_network_is_the_largest_without_limits():
    assert next(sized("nasbench201").choices()).settings == {"cells": 5, "channels": 16}
    assert next(sized("nasbench201", params=1e7).choices()).settings["channels"] > 16


def test_tight_limits_make_it_shallow_before_it_is_too_narrow():
    settings = [next(sized("nasbench201", params=most).choices()).settings for most in (4e5, 7e4)]
    assert settings[0]["cells"] == 5
    assert settings[1]["cells"] < 5
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


def test_with_less_time_images_are_shrunk_before_the_network_is_made_narrower():
    made = sized("nasbench201", "pooled", params=1e5)
    *_, last = choices = list(made.choices())
    assert [one.settings["pool"] for one in choices] == [1, 2, 4]
    assert len({one.settings["width"] for one in choices}) == 1
    narrower = [one.settings for one in made.narrower(last)]
    assert [one["width"] for one in narrower] == sorted({one["width"] for one in narrower}, reverse=True)
    assert {one["pool"] for one in narrower} == {4}


def test_small_images_are_not_shrunk():
    choices = sized("nasbench201", "pooled", image=(1, 8, 8), params=1e5).choices()
    assert [one.settings["pool"] for one in choices] == [1]


def test_known_architectures_keep_the_limits_the_costliest_first():
    made = sized("nasbench201", "pooled", params=1e5)
    choice = next(made.choices())
    known = made.known(choice)
    params = [choice.cost(made.space.from_native(one), made.space.name, IMAGE, 10).params for one in known]
    assert len(known) == DesignSettings().known
    assert params == sorted(params, reverse=True)
    assert params[0] <= 1e5
    assert sized("dag:1-3x2").known(next(sized("dag:1-3x2").choices())) == []


def test_a_network_that_there_is_none_of_is_refused():
    with pytest.raises(InputError, match="network is one of published, rows, pooled, but got 'round'"):
        sized("nasbench201", "round")
