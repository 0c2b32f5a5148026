import numpy as np
import pytest
import torch

from archgraph import ArchGraph, ArchTable, InputError, spaces
from supernet.zerocost.propagation import COLUMNS, _of_a_cell, check_table
from supernet.zerocost.scores import score_table
from supernet.zerocost.synthetic import CLASSES, synthetic_images


def table_of(space, *natives):
    return ArchTable.from_graphs(map(spaces.get(space).from_native, natives), ids=natives, space=space)


def nb201(*ops):
    a, b, c, d, e, f = ops
    return f"|{a}~0|+|{b}~0|{c}~1|+|{d}~0|{e}~1|{f}~2|"


CONV, SKIP, NONE, POOL = "nor_conv_3x3", "skip_connect", "none", "avg_pool_3x3"


def columns(table, seed=0):
    return score_table(table[:], None, seed, scores=["propagation"]).metrics.to_numpy()


@pytest.mark.parametrize("space", ["nasbench101", "nasbench201", "transnas", "dag:3-5", "dag:1-3x2"])
def test_a_graph_scores_the_same_alone_and_among_others(space):
    table = ArchTable.from_graphs(spaces.get(space).sample(6, np.random.default_rng(0)), space=space)
    together = columns(table)
    assert np.isfinite(together).all()
    np.testing.assert_allclose(columns(table[[4]])[0], together[4], rtol=1e-3, atol=1e-3)


def test_graphs_of_no_named_space_hold_any_operation_that_keeps_the_size():
    choices = ("sepconv5x5", "dilconv3x3", "mbconv3x3-e3", "conv5x5-bn-gelu", "avgpool3x3", "identity")
    edges = [(0, 1), (0, 2), (1, 3), (2, 3)]
    graphs = [ArchGraph(["input", name, "conv3x3-relu", "output"], edges) for name in choices]
    together = columns(ArchTable.from_graphs(graphs))
    assert len(np.unique(together.round(3), axis=0)) == len(choices)
    np.testing.assert_allclose(columns(ArchTable.from_graphs(graphs[2:3]))[0], together[2], rtol=1e-3, atol=1e-3)


def test_the_seed_decides():
    table = table_of("nasbench201", nb201(*[CONV] * 6))
    np.testing.assert_array_equal(columns(table, 1), columns(table, 1))
    assert (columns(table, 1) != columns(table, 2)).mean() > 0.9


def test_what_carries_nothing_changes_nothing():
    table = table_of(
        "nasbench201",
        nb201(NONE, CONV, CONV, CONV, POOL, CONV),
        nb201(NONE, CONV, SKIP, CONV, CONV, CONV),
        nb201(NONE, CONV, SKIP, CONV, CONV, SKIP),
    )
    first, same, other = columns(table)
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_a_cell_that_lets_nothing_through_has_scores_but_tells_no_classes_apart():
    dead, alive = columns(table_of("nasbench201", nb201(*[NONE] * 6), nb201(*[CONV] * 6)))
    assert np.isfinite(dead).all()
    assert dead[COLUMNS.index("propagation_alignment2")] == pytest.approx(0, abs=1e-6)
    assert dead[COLUMNS.index("propagation_saliency")] < alive[COLUMNS.index("propagation_saliency")]


def test_classes_far_apart_align_and_separate():
    _, labels = synthetic_images(0)
    noise = torch.randn(2, 30, 16, 4, 4, generator=torch.Generator().manual_seed(0))
    centers = torch.randn(CLASSES, 16, 1, 1, generator=torch.Generator().manual_seed(1))[labels]
    x = torch.stack([noise[0], noise[1] + 3 * centers])
    found = dict(zip(COLUMNS, _of_a_cell(x, torch.zeros(2, 30, 30), labels), strict=False))
    assert found["propagation_alignment1"][1] > 0.8 > 0.4 > found["propagation_alignment1"][0]
    assert found["propagation_separation1"][1] < found["propagation_separation1"][0]


@pytest.mark.parametrize(
    ("space", "named"), [("macro", "mbconv|conv1x1-s2"), ("darts", "concat|-s2"), ("transnas:macro", "resblocks")]
)
def test_networks_that_change_the_size_are_refused(space, named):
    table = ArchTable.from_graphs(spaces.get(space).sample(1, np.random.default_rng(0)), space=space, ids=["one"])
    with pytest.raises(InputError, match=f"no propagation through architecture one: .*({named})"):
        check_table(table)


@pytest.mark.gpu
def test_a_gpu_gives_the_columns_of_the_cpu(device):
    table = ArchTable.from_graphs(spaces.get("nasbench101").sample(4, np.random.default_rng(0)), space="nasbench101")
    found = score_table(table[:], None, scores=["propagation"], device=device).metrics.to_numpy()
    np.testing.assert_allclose(found, columns(table), rtol=1e-2, atol=1e-2)
