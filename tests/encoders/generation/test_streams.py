from itertools import islice

import numpy as np
import pytest

from archgraph import ArchTable, spaces
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import EncoderCheckpoint
from encoders.embedding.pretrain import PretrainConfig, pretrain
from encoders.generation import streams as generate


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def take(stream, n=20):
    return [graph for graph, _ in islice(stream, n)]


def test_streams_give_members(checkpoint, space, members, rng):
    streams = [
        generate.from_points(checkpoint, generate.prior(checkpoint.generator, rng), rng),
        generate.from_bucket(checkpoint, 3, rng),
        generate.decoded(checkpoint, generate.prior(checkpoint.generator, rng), space),
        generate.nearest(checkpoint, members[:2]),
        generate.from_points(checkpoint, generate.around(checkpoint, members[:1], 0.1, rng), rng),
    ]
    for stream in streams:
        graphs = take(stream)
        assert len(graphs) == 20
        assert all(graph in space for graph in graphs)


def test_a_bucket_gives_graphs_of_that_bucket_alone(checkpoint, members, rng):
    inside = set(members[checkpoint.generator.bucket_of == 5].hashes())
    assert {graph.canonical_hash() for graph in take(generate.from_bucket(checkpoint, 5, rng), 50)} <= inside


def test_the_nearest_are_few_edits_away_also_where_members_are_a_sample(checkpoint, space, members):
    given = members[[7]]
    near = take(generate.nearest(checkpoint, given), 24)
    assert near[0] == given[0]
    code = space.to_codes(given)[0]
    edits = (space.to_codes(ArchTable.from_graphs(near[1:])) != code).sum(axis=1)
    assert np.median(edits) <= 2
    assert len({graph.canonical_hash() for graph in near}) == 24


def test_the_nearest_are_the_same_graphs_whatever_is_looked_at_together(checkpoint, members, monkeypatch):
    whole = {graph.canonical_hash() for graph in take(generate.nearest(checkpoint, members[:3]), 3)}
    monkeypatch.setattr(generate, "_GIVEN", 1)
    monkeypatch.setattr("encoders.embedding.buckets._GIVEN", 2)
    assert {graph.canonical_hash() for graph in take(generate.nearest(checkpoint, members[:3]), 3)} == whole
    assert whole == set(members[:3].hashes())


def test_the_decoder_reaches_graphs_that_no_bucket_holds(checkpoint, space, members, rng):
    known = set(members.hashes())
    graphs = take(generate.decoded(checkpoint, generate.prior(checkpoint.generator, rng), space), 100)
    assert sum(graph.canonical_hash() not in known for graph in graphs) > 20


def test_a_narrow_gaussian_stays_near(checkpoint, space, members, rng):
    graphs = take(generate.decoded(checkpoint, generate.around(checkpoint, members[:1], 1e-3, rng), space), 10)
    assert len(set(graphs)) == 1


def test_a_users_space_with_its_own_operations_is_encoded_and_generated(tmp_path, rng):
    file = tmp_path / "mine.yaml"
    file.write_text(
        "name: my.space\n"
        "operations:\n"
        "  - {name: conv9x9-gelu-mine, kind: conv, kernel: 9, activation: post}\n"
        "cell: {rule: nodes, max_vertices: 5, max_edges: 6, choices: [conv9x9-gelu-mine, identity]}\n"
    )
    space = spaces.get(f"custom:{file}")
    table = space.enumerate()
    config = PretrainConfig(latent=16, steps=60, batch_size=32, pairs=50, look_every=30)
    trained = pretrain(table, config, 0, {space.name: space})
    generator = BucketGenerator(table, trained.encoder.encode(table).numpy(), 4, 0)
    EncoderCheckpoint(trained, generator, [space]).save(tmp_path / "enc")
    file.unlink()
    from encoders.embedding.checkpoint import load_encoder

    loaded = load_encoder(tmp_path / "enc")
    again = loaded.space()
    for stream in (
        generate.from_points(loaded, generate.prior(loaded.generator, rng), rng),
        generate.decoded(loaded, generate.prior(loaded.generator, rng), again),
    ):
        assert all(graph in space for graph in take(stream))
