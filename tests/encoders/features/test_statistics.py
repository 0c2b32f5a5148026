import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archgraph import ArchGraph, ArchTable, InputError, columns, spaces
from archgraph.operation import Operation
from archgraph.ops import OPS
from encoders.features.padded import chosen_operations
from encoders.features.statistics import statistic_names, statistics

NB101 = ["conv1x1-bn-relu", "conv3x3-bn-relu", "maxpool3x3"]
CELL = ArchGraph(
    ["input", "conv3x3-bn-relu", "maxpool3x3", "conv3x3-bn-relu", "output"],
    [(0, 1), (0, 4), (1, 2), (1, 3), (2, 4), (3, 4)],
)


def named(graph, operations, effective=False):
    table = ArchTable.from_graphs([graph])
    return dict(zip(statistic_names(operations), statistics(table, operations, effective)[0].tolist(), strict=True))


def test_counts_and_paths_of_a_small_cell():
    found = named(CELL, NB101)
    expected = {
        "nodes": 5,
        "edges": 6,
        "depth": 3,
        "degree of input": 2,
        "degree of output": 3,
        "count conv3x3-bn-relu": 2,
        "count conv1x1-bn-relu": 0,
        "degree out conv3x3-bn-relu": 3,
        "shortest nothing": 0,
        "shortest conv3x3-bn-relu": 0,
        "longest conv3x3-bn-relu": 2,
        "longest maxpool3x3": 0,
        "longest conv3x3-bn-relu+maxpool3x3": 2,
        "fewest maxpool3x3": 0,
        "most maxpool3x3": 1,
        "log paths nothing": np.log(2),
        "log paths conv3x3-bn-relu": np.log(3),
        "log paths conv1x1-bn-relu+conv3x3-bn-relu+maxpool3x3": np.log(4),
        "conv3x3-bn-relu -> maxpool3x3": np.log(2),
        "input -> output": np.log(2),
        "maxpool3x3 -> conv3x3-bn-relu": 0,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_a_path_that_does_not_exist_is_as_short_as_there_are_nodes_and_as_long_as_nothing():
    chain = ArchGraph(["input", "maxpool3x3", "output"], [(0, 1), (1, 2)])
    found = named(chain, NB101)
    assert found["shortest nothing"] == 3
    assert found["longest nothing"] == found["log paths nothing"] == 0


def test_effective_statistics_do_not_see_what_no_path_holds():
    space = spaces.get("nasbench201")
    codes = ["|none~0|+|none~0|nor_conv_3x3~1|+|nor_conv_1x1~0|nor_conv_3x3~1|nor_conv_3x3~2|"]
    codes += ["|none~0|+|none~0|skip_connect~1|+|nor_conv_1x1~0|avg_pool_3x3~1|none~2|"]
    table = ArchTable.from_graphs([space.from_native(code) for code in codes])
    operations = chosen_operations(space.enumerate())
    effective, all_of_it = (statistics(table, operations, effective) for effective in (True, False))
    np.testing.assert_array_equal(effective[0], effective[1])
    assert (all_of_it[0] != all_of_it[1]).any()
    assert named(table[0], operations, effective=True)["count relu-conv3x3-bn"] == 0


def test_a_cell_of_zeros_has_finite_statistics():
    zeros = spaces.get("nasbench201").decode((0,) * 6)
    assert np.isfinite(
        list(named(zeros, chosen_operations(ArchTable.from_graphs([zeros])), effective=True).values())
    ).all()


def test_sums_pass_on_what_they_take_in():
    graph = spaces.get("nasbench201").decode((3, 0, 1, 0, 0, 1))
    names = [OPS[i].name for i in graph.x.tolist()]
    found = named(graph, sorted({n for n in names if n not in ("input", "output", "sum")}), effective=True)
    assert found["relu-conv3x3-bn -> identity"] == pytest.approx(np.log(2))


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_isomorphic_graphs_have_equal_statistics(seed):
    rng = np.random.default_rng(seed)
    graph = spaces.get("nasbench101").sample(1, rng)[0]
    n, ops, edges = len(graph.ops), graph.ops, graph.edges
    rank = rng.permutation(n)
    order, left = [], set(range(n))
    while left:  # a random topological order
        ready = [v for v in left if all(s not in left for s, t in edges if t == v) and (v != n - 1 or len(left) == 1)]
        order.append(min(ready, key=lambda v: rank[v]))
        left.remove(order[-1])
    place = np.argsort(order)
    other = ArchGraph([ops[v] for v in order], [(int(place[s]), int(place[t])) for s, t in edges])
    np.testing.assert_allclose(*(statistics(ArchTable.from_graphs([g]), NB101) for g in (graph, other)), rtol=1e-6)


def test_chunks_do_not_show(monkeypatch):
    table = ArchTable.from_graphs(spaces.get("nasbench101").sample(60, np.random.default_rng(0)))
    whole = statistics(table, NB101)
    monkeypatch.setattr(columns, "_CELLS", 1)
    np.testing.assert_array_equal(statistics(table, NB101), whole)


def test_operations_of_a_user_are_counted_like_any_other():
    OPS.register(Operation("blur9", "other", kernel=9))
    graph = ArchGraph(["input", "blur9", "output"], [(0, 1), (1, 2)])
    assert chosen_operations(ArchTable.from_graphs([graph])) == ["blur9"]
    assert named(graph, ["blur9"])["most blur9"] == 1


def test_many_operations_do_not_ask_for_every_subset():
    assert len(statistic_names([f"op{i}" for i in range(40)])) < 2500


def test_of_very_many_operations_paths_and_pairs_tell_words_apart_that_names_begin_with():
    convs = [f"conv{k}x{k}" + (f"-d{d}" if d > 1 else "") for k in (1, 3, 5, 7) for d in range(1, 11)]
    operations = sorted([*convs, "maxpool3x3", "avgpool3x3"])
    graph = ArchGraph(
        ["input", "conv3x3", "conv5x5-d2", "maxpool3x3", "output"], [(0, 1), (1, 2), (1, 3), (2, 4), (3, 4)]
    )
    found = named(graph, operations)
    assert len(statistic_names(operations)) < 3 * len(operations) + 100
    assert found["any conv -> any conv"] == pytest.approx(np.log(2))
    assert found["any conv -> any maxpool"] == pytest.approx(np.log(2))
    assert found["any conv -> output"] == pytest.approx(np.log(2))
    assert found["any avgpool -> output"] == 0
    assert found["longest any conv"] == found["most any conv"] == 2
    assert found["shortest any conv+any maxpool"] == 2
    assert found["fewest any maxpool"] == 0
    assert found["count conv5x5-d2"] == 1  # how often each occurs is counted by name still


def test_an_operation_that_is_not_listed_is_named():
    with pytest.raises(InputError, match=r"maxpool3x3.*conv1x1-bn-relu"):
        statistics(ArchTable.from_graphs([CELL]), NB101[:2])


def test_no_graphs_have_no_statistics():
    assert statistics(ArchTable.from_graphs([]), NB101).shape == (0, len(statistic_names(NB101)))
