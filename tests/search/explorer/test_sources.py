"""What is explored, whatever it is read from."""

import numpy as np
import pytest

from archgraph import ArchTable, InputError, spaces
from encoders import PretrainConfig, train_encoder
from search import make, open_study, run_study
from search.explorer import sources
from search.explorer.sources import embedder, read_source
from search.objectives.table import TableObjective


def test_a_table_is_shown_with_its_space(small_file, small_table):
    found = read_source(str(small_file))
    assert (found.title, found.space.name, len(found.table)) == ("cells.jsonl", "nasbench201", len(small_table))
    assert found.embed(found.table).shape == (len(small_table), 256)
    assert found.path == ()


def test_a_table_of_several_spaces_has_none(tmp_path):
    graphs = [spaces.get(name).sample(2, np.random.default_rng(0)) for name in ("macro", "nasbench201")]
    parts = [
        ArchTable.from_graphs(part, space=name) for part, name in zip(graphs, ("macro", "nasbench201"), strict=True)
    ]
    ArchTable.concatenate(parts).write(tmp_path / "both.jsonl")
    assert read_source(str(tmp_path / "both.jsonl")).space is None


def test_of_a_table_that_is_too_large_the_same_part_is_drawn(monkeypatch, small_file):
    monkeypatch.setattr(sources, "MOST", 10)
    first, again, other = (read_source(str(small_file), seed=seed) for seed in (0, 0, 1))
    assert first.table.ids.tolist() == again.table.ids.tolist() != other.table.ids.tolist()
    assert len(first.table) == 10
    assert "drawn by seed 0" in first.notes[0]


def test_a_search_is_a_path_among_the_members_of_its_space(tmp_path):
    space = spaces.get("dag:1-4")
    members = ArchTable.from_graphs(space.enumerate(), space=space.name)
    members = members.with_metrics(edges=[float(graph.num_edges) for graph in members])
    objective = TableObjective(members, space, ["edges"])
    url = f"sqlite:///{tmp_path}/s.db"
    study = open_study(
        url, "mine", {"method": "random", "space": space.name, "objective": "x", "seed": 0}, objective.directions
    )
    run_study(study, make("random", space), objective, 0, lambda trials: len(trials) >= 6)
    found = read_source(url)
    assert len(found.path) == 6
    assert len(found.table) == space.size()
    assert len(set(found.table.hashes())) == space.size()
    assert [step.value for step in found.path] == [trial.value for trial in study.trials]
    assert found.path[0].point == 0


def test_an_encoder_shows_its_members(tmp_path):
    quick = PretrainConfig(latent=4, steps=2, batch_size=8, pairs=8)
    train_encoder(tmp_path / "encoder", spaces=["dag:1-4"], config=quick, buckets=2)
    found = read_source(str(tmp_path / "encoder"))
    assert found.title == "encoder encoder"
    assert found.embed(found.table).shape == (len(found.table), 4)
    assert embedder(str(tmp_path / "encoder"))(found.table).shape == (len(found.table), 4)


@pytest.mark.parametrize(
    ("source", "said"),
    [("nothing", "no file of graphs"), ("base", "graph network"), ("sqlite:///none.db", "no storage")],
)
def test_what_cannot_be_shown_is_refused_in_a_line(source, said):
    with pytest.raises(InputError, match=said):
        read_source(source)


def test_fewer_than_three_architectures_make_no_map(tmp_path, small_table):
    small_table[:2].write(tmp_path / "two.jsonl")
    with pytest.raises(InputError, match="at least 3"):
        read_source(str(tmp_path / "two.jsonl"))
