import numpy as np
import pytest

from archgraph import InputError, spaces
from archgraph.networks.cost import cost
from encoders.generation import conditions
from encoders.generation import streams as generate
from encoders.generation.conditions import at_most, first_that_fulfil, novel_to

DESCRIPTION = """
name: own-conditions
operations:
  - {name: conv7x7-conditions, kind: conv, kernel: 7, activation: post}
cell: {rule: nodes, max_vertices: 5, max_edges: 6, choices: [conv7x7-conditions, identity]}
"""


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_conditions_hold_for_every_graph(checkpoint, space, members, rng):
    source = generate.from_points(checkpoint, generate.prior(checkpoint.generator, rng), rng)
    limit = float(np.median([cost(graph, space).params for graph in members[:50]]))
    known = members[:600]
    found = first_that_fulfil(source, 30, [at_most(limit, {space.name: space}), novel_to(known)])
    assert len(found) == 30
    assert max(cost(graph, space).params for graph, _ in found) <= limit
    assert not {graph.canonical_hash() for graph, _ in found} & set(known.hashes())


def test_conditions_that_nothing_fulfils_end_in_one_clear_error(checkpoint, space, members, rng):
    source = generate.from_points(checkpoint, generate.prior(checkpoint.generator, rng), rng)
    with pytest.raises(InputError, match="only 0 graphs"):
        first_that_fulfil(source, 2, [at_most(10, {space.name: space})])
    with pytest.raises(InputError, match="no published network"):
        first_that_fulfil([(members[0], "")], 1, [at_most(10, {})])


def test_novelty_is_the_same_whatever_is_hashed_at_once(members, monkeypatch):
    graphs = [(members[i], "") for i in range(0, 40)]
    whole = novel_to(members[:25])
    monkeypatch.setattr(conditions, "_CHUNK", 7)
    parts = novel_to(members[:25])
    assert [whole(graph) for graph in graphs] == [parts(graph) for graph in graphs] == [False] * 25 + [True] * 15


@pytest.mark.parametrize("name", ["dag:4", "dag:1-3x2", "transnas:macro", "own"])
def test_parameters_are_counted_in_every_space(name, tmp_path):
    (tmp_path / "own.yaml").write_text(DESCRIPTION)
    space = spaces.get(f"custom:{tmp_path / 'own.yaml'}" if name == "own" else name)
    graphs = space.sample(20, np.random.default_rng(0))
    counts = [cost(graph, space).params for graph in graphs]
    limit = float(np.median(counts))
    found = first_that_fulfil([(graph, space.name) for graph in graphs], 5, [at_most(limit, {space.name: space})])
    few = [graph for graph, count in zip(graphs, counts, strict=True) if count <= limit]
    assert [graph for graph, _ in found] == few[:5]
