"""Points of samplers become architectures, and back."""

import numpy as np
from small_searches import closed, table

from archgraph import spaces
from archgraph.storages.study import open_study
from encoders.embedding.buckets import BucketGenerator
from search.architectures import Architectures
from search.loop import run_study
from search.methods import make
from search.methods.points import POINT, Choices, Coordinates
from search.studies.history import architecture_of
from search.studies.study import HASH, completed


def test_codes_as_points_come_back():
    architectures = Architectures(spaces.get("dag:1-4"))
    points = Choices(architectures.space)
    rng = np.random.default_rng(0)
    for _ in range(20):
        row = architectures.draw(rng)
        assert points.decode(points.encode(row, architectures), architectures, rng) == row


def test_samplers_search_the_embedding_space_by_way_of_buckets():
    members = table()
    embeddings = np.random.default_rng(0).standard_normal((len(members), 3))
    generator = BucketGenerator(members, embeddings, buckets=20, seed=0)
    made = closed()
    study = open_study(None, "tpe", {}, made.directions)
    run_study(study, make("tpe", made.space, generator), made, 0, lambda trials: len(trials) >= 20)
    assert set(completed(study)[0].system_attrs[POINT]) == {"z0", "z1", "z2"}
    architectures = Architectures(made.space, made.members)
    points = Coordinates(generator)
    buckets = dict(zip(members.hashes(), generator.bucket_of, strict=True))
    for trial in completed(study):
        if not trial.user_attrs.get("repaired"):
            point = np.array([[trial.system_attrs[POINT][f"z{i}"] for i in range(3)]])
            assert buckets[trial.user_attrs[HASH]] == generator.bucket(point)[0]
        row = architectures.find(architecture_of(trial))
        near = points.encode(row, architectures)
        assert architectures.hashes[row] == trial.user_attrs[HASH]
        assert near is not None
        assert made.space.from_choices(trial.params).canonical_hash() == trial.user_attrs[HASH]
