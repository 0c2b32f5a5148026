from archgraph.persistence.arrays import flatten, groups

NESTED = {"weights": 1, "networks": {"layers.0.bias": 2}, "trees": {0: {"value": 3}, 1: {"value": 4}}, "warm": {}}
FLAT = {"weights": 1, "networks.layers.0.bias": 2, "trees.0.value": 3, "trees.1.value": 4}


def test_nested_arrays_are_named_by_the_way_to_them():
    assert flatten(NESTED) == FLAT
    assert flatten(FLAT) == FLAT


def test_each_group_comes_back_and_names_with_dots_stay_whole():
    assert groups(FLAT) == {"networks": {"layers.0.bias": 2}, "trees": {"0.value": 3, "1.value": 4}}
    assert groups(groups(FLAT)["trees"]) == {"0": {"value": 3}, "1": {"value": 4}}
    assert groups({}) == {}
