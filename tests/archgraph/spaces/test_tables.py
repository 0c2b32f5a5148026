"""Members of a space as tables."""

import pytest

from archgraph import GraphError, spaces


def test_drawn_members_are_named_by_their_native_forms() -> None:
    space = spaces.get("dag:1-3")
    table = spaces.sample_table(space, 5, seed=2)
    assert [space.to_native(graph) for graph in table] == table.ids.tolist()
    assert table.hashes() == spaces.sample_table(space, 5, seed=2).hashes()


def test_neighbours_are_numbered_within_their_graph() -> None:
    space = spaces.get("macro")
    found = spaces.neighbors_table(space, spaces.sample_table(space, 2))
    first, second = spaces.sample_table(space, 2).ids
    assert found.ids.tolist() == [f"{name}/{number}" for name in (first, second) for number in range(16)]


def test_a_graph_of_another_space_is_named() -> None:
    cells = spaces.get("dag:2").enumerate()
    with pytest.raises(GraphError, match=f"graph {cells.ids[0]}: not a member of macro"):
        spaces.neighbors_table(spaces.get("macro"), cells)
