import numpy as np
import pytest

from archgraph import ArchGraph, ArchTable, spaces
from encoders.delta.features import Features
from encoders.features.flow import COSTS, flow_feature_names, flow_features
from encoders.features.padded import chosen_operations

CHOICES = ("avgpool3x3", "identity", "relu-conv1x1-bn", "relu-conv3x3-bn", "zero")
NB101 = ["conv1x1-bn-relu", "conv3x3-bn-relu", "maxpool3x3"]


def named(graph, operations=NB101):
    return dict(
        zip(
            flow_feature_names(operations),
            flow_features(ArchTable.from_graphs([graph]), operations)[0].tolist(),
            strict=True,
        )
    )


def test_averages_over_the_ways_of_a_small_cell():
    cell = ArchGraph(
        ["input", "conv3x3-bn-relu", "conv3x3-bn-relu", "output"], [(0, 1), (1, 2), (2, 3), (1, 3), (0, 3)]
    )
    found = named(cell)
    assert found["mean convolutions on a path"] == pytest.approx((2 + 1 + 0) / 3)
    assert found["mean field on a path"] == pytest.approx(1)
    assert found["feeds of output"] == 2
    assert found["skips to output"] == 1
    assert found["mean channels"] == pytest.approx(0.5)
    assert found["log parameters"] == pytest.approx(np.log(9 * 2 * 0.25), abs=1e-3)


def test_channels_decide_where_the_walk_back_goes():
    cell = ArchGraph(["input", "conv3x3-bn-relu", "maxpool3x3", "output"], [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3)])
    assert named(cell)["mean convolutions on a backward walk"] == pytest.approx(1 / 4)
    assert named(cell)["mean convolutions on a forward walk"] == pytest.approx(1 / 3)


def test_what_carries_nothing_is_not_seen():
    space = spaces.get("nasbench201")
    codes = ["|none~0|+|none~0|nor_conv_3x3~1|+|nor_conv_1x1~0|nor_conv_3x3~1|nor_conv_3x3~2|"]
    codes += ["|none~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|avg_pool_3x3~1|none~2|"]
    table, operations = ArchTable.from_graphs([space.from_native(code) for code in codes]), sorted(CHOICES)
    np.testing.assert_array_equal(*flow_features(table, operations))
    first, second = flow_features(table, operations, effective=False)
    assert first[-len(COSTS)] > second[-len(COSTS)]


def test_the_variant_of_all_operations_also_knows_what_the_effective_part_costs():
    space = spaces.get("nasbench201")
    codes = ["|none~0|+|none~0|nor_conv_3x3~1|+|nor_conv_1x1~0|nor_conv_3x3~1|nor_conv_3x3~2|"]
    codes += ["|none~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|"]
    table = ArchTable.from_graphs([space.from_native(code) for code in codes])
    effective, every = Features(CHOICES).variants()
    found = dict(zip(every.names, every(table).T, strict=True))
    assert found["log parameters"][0] > found["log parameters"][1]
    for name in COSTS:
        assert found[f"{name} on effective paths"][0] == found[f"{name} on effective paths"][1]
        assert found[f"{name} on effective paths"][0] == effective(table)[0, effective.names.index(name)]


@pytest.mark.parametrize(
    "name", ["nasbench101", "nasbench201", "macro", "transnas", "transnas:macro", "darts", "dag:1-4"]
)
def test_every_space_has_finite_features_that_tell_its_members_apart(name):
    table = ArchTable.from_graphs(spaces.get(name).sample(40, np.random.default_rng(0)))
    operations = chosen_operations(table)
    found = flow_features(table, operations)
    assert found.shape == (40, len(flow_feature_names(operations)))
    assert np.isfinite(found).all()
    assert len(np.unique(found, axis=0)) >= 0.5 * len(set(table.hashes()))
