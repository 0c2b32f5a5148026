"""Streams of graphs that an encoder generates: by buckets, near given graphs, or written by the decoder."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.embedding.buckets import BucketGenerator, PointArray, Rows
from encoders.embedding.checkpoint import EncoderCheckpoint
from encoders.generation.conditions import Member
from encoders.generation.decode import write

NEAR = 0.2
"""Width of the Gaussians around given graphs where the decoder writes and no other is asked for."""
_CHUNK = 256  # points drawn at once
_GIVEN = 256  # given graphs whose neighbours are looked at together
_SECOND = 16  # neighbours whose own neighbours are looked at, too


def from_points(
    checkpoint: EncoderCheckpoint, points: Iterator[PointArray], rng: np.random.Generator
) -> Iterator[Member]:
    """A member of the bucket of each point."""
    generator = checkpoint.generator
    for chunk in points:
        yield from _members(generator, generator.draw(chunk, rng))


def from_bucket(checkpoint: EncoderCheckpoint, bucket: int, rng: np.random.Generator) -> Iterator[Member]:
    """Members of one bucket, uniformly, without end.

    Raises:
        InputError: there is no such bucket.
    """
    while True:
        yield from _members(checkpoint.generator, checkpoint.generator.from_buckets(np.full(_CHUNK, bucket), rng))


def decoded(checkpoint: EncoderCheckpoint, points: Iterator[PointArray], space: Space) -> Iterator[Member]:
    """What the decoder writes at each point; a point at which it writes no member is passed over.

    Raises:
        InputError: the checkpoint has no decoder for the space.
    """
    encoder, decoder = checkpoint.pretrained.encoder, checkpoint.decoder(space.name)
    for chunk in points:
        embeddings = torch.from_numpy(checkpoint.generator.unwhiten(chunk)).float()
        yield from ((graph, space.name) for graph in write(encoder, decoder, space, embeddings) if graph is not None)


def prior(generator: BucketGenerator, rng: np.random.Generator) -> Iterator[PointArray]:
    """PointArray of the prior, without end."""
    while True:
        yield generator.prior(_CHUNK, rng)


def around(
    checkpoint: EncoderCheckpoint, graphs: ArchTable, spread: float, rng: np.random.Generator
) -> Iterator[PointArray]:
    """PointArray of Gaussians around given graphs, without end.

    Args:
        spread: standard deviation of each whitened coordinate, in which that of all members is 1.
    """
    centers = checkpoint.generator.whiten(checkpoint.pretrained.encoder.encode(graphs).numpy())
    while True:
        noise = rng.standard_normal((_CHUNK, checkpoint.generator.latent))
        yield centers[rng.integers(len(centers), size=_CHUNK)] + spread * noise


def nearest(checkpoint: EncoderCheckpoint, graphs: ArchTable) -> Iterator[Member]:
    """Members in the order of their distance to the nearest of `graphs`, each once.

    Where the members are only a sample of their space, those one and two edits from the given graphs are added.
    """
    encoder, generator = checkpoint.pretrained.encoder, checkpoint.generator
    given = encoder.encode(graphs).numpy()
    if added := list(_neighborhoods(checkpoint, graphs, given)):
        table = ArchTable.concatenate(added)
        generator = generator.grown(table, encoder.encode(table).numpy())
    yield from _members(generator, generator.by_distance(given))


def _neighborhoods(checkpoint: EncoderCheckpoint, graphs: ArchTable, given: PointArray) -> Iterator[ArchTable]:
    """For each space of which the members are a sample, some given graphs at a time, those that are near them."""
    known = set(checkpoint.generator.members.hashes()) if (open_spaces := checkpoint.open_spaces()) else set()
    for space in open_spaces:
        for start in range(0, len(graphs), _GIVEN):
            some = slice(start, start + _GIVEN)
            yield _neighborhood(checkpoint, space, graphs[some], given[some], known)


def _neighborhood(
    checkpoint: EncoderCheckpoint, space: Space, graphs: ArchTable, given: PointArray, known: set[str]
) -> ArchTable:
    """Graphs one edit from the given ones, and one edit from the nearest of those; new, and known from now on."""
    encoder = checkpoint.pretrained.encoder
    first = [other for graph in graphs if graph in space for other in space.neighbors(graph)]
    if not first:
        return checkpoint.generator.members[:0]
    table = ArchTable.from_graphs(first, space=space.name)
    apart = np.linalg.norm(encoder.encode(table).numpy()[:, None] - given[None], axis=2).min(axis=1)
    second = [other for i in np.argsort(apart)[:_SECOND] for other in space.neighbors(first[int(i)])]
    both = ArchTable.from_graphs([*first, *second], space=space.name)
    hashes = np.array(both.hashes())
    new = [i for i in np.unique(hashes, return_index=True)[1] if hashes[i] not in known]
    known.update(hashes[new].tolist())
    return both[np.array(new, dtype=np.intp)]


def _members(generator: BucketGenerator, rows: Rows) -> Iterator[Member]:
    for row in rows.tolist():
        yield generator.members[row], str(generator.members.space[row])
