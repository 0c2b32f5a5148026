from archgraph import spaces
from encoders.embedding import members
from encoders.embedding.members import members_of


def test_a_small_space_is_taken_whole_and_a_large_one_by_different_draws(monkeypatch):
    space = spaces.get("dag:1-3")
    assert len(members_of(space, 5, 0)) == space.size()
    monkeypatch.setattr(members, "MOST_ENUMERATED", 3)
    drawn = members_of(space, 12, 0)
    assert len(set(drawn.hashes())) == len(drawn) <= 12
    assert drawn.hashes() == members_of(space, 12, 0).hashes() != members_of(space, 12, 1).hashes()
    assert set(drawn.space) == {space.name}
