import pytest

from archgraph import InputError
from archgraph.networks.cost import cost
from encoders import generate


def test_graphs_fulfil_all_conditions_and_repeat_for_a_seed(checkpoint, space, members):
    first, again = (generate(checkpoint, 8, max_params=4e5, novel_to=members[:300], seed=3) for _ in range(2))
    assert first.hashes() == again.hashes()
    assert not set(first.hashes()) & set(members[:300].hashes())
    assert max(cost(graph, space).params for graph in first) <= 4e5
    assert list(first.ids) == [str(i) for i in range(8)]
    assert set(first.space) == {space.name}


def test_near_graphs_are_not_the_given_ones(checkpoint, members, tmp_path):
    members[:2].write(tmp_path / "given.jsonl")
    near = generate(checkpoint, 5, near=tmp_path / "given.jsonl")
    assert not set(near.hashes()) & set(members[:2].hashes())
    assert near.hashes() == generate(checkpoint, 5, near=members[:2]).hashes()


def test_what_contradicts_itself_is_refused_before_any_file_is_read():
    for wrong, message in (
        ({"bucket": 1, "near": "x.jsonl"}, "leave out --near"),
        ({"spread": 1.0}, "goes with --near"),
        ({"spread": -1.0, "near": "x.jsonl"}, "a positive number"),
        ({"space": "darts"}, "goes with --decode"),
    ):
        with pytest.raises(InputError, match=message):
            generate("nowhere", 1, **wrong)
