"""Graphs drawn from the embedding space under conditions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from archgraph.errors import InputError
from archgraph.table.table import ArchTable
from encoders.embedding.buckets import BucketGenerator
from encoders.embedding.checkpoint import EncoderCheckpoint, load_encoder
from encoders.generation import streams
from encoders.generation.conditions import Condition, Member, at_most, first_that_fulfil
from encoders.generation.conditions import novel_to as is_novel_to
from encoders.generation.guided import Score, best_by

Graphs = ArchTable | Path | str
"""A table, or the file of one."""


def generate(
    encoder: EncoderCheckpoint | Path | str,
    n: int,
    buckets: int | None = None,
    bucket: int | None = None,
    near: Graphs | None = None,
    spread: float | None = None,
    max_params: float | None = None,
    novel_to: Graphs | None = None,
    decode: bool = False,
    space: str = "",
    seed: int = 0,
    score: Score | None = None,
) -> ArchTable:
    """Draw graphs: a typical point of the embedding space, the bucket it falls in, a graph of that bucket (FaDE).

    Arguments change where points come from, what turns them into graphs, and which graphs are kept.

    Args:
        encoder: a trained encoder, or its folder.
        n: how many graphs.
        buckets: divide the members into this many buckets anew.
        bucket: draw from this bucket only.
        near: the graphs nearest to these, nearest first, without these.
        spread: with `near`, draw points from Gaussians of this width around its graphs; 1 spans the space.
        max_params: at most so many parameters in the space's published network.
        novel_to: no graph isomorphic to one of these.
        decode: let the decoder write graphs, beyond what buckets hold.
        space: with `decode`, the space, if the encoder knows several.
        seed: of every random choice.
        score: give those that it puts first of all that are met in some rounds of steps in the embedding space, best
            first, no two isomorphic; with `near` or `bucket` all of them are drawn there.

    Returns:
        n graphs with their spaces; ids are their numbers.

    Raises:
        InputError: arguments contradict each other, a file cannot be read, or there are not enough such graphs.

    Example:
        >>> from encoders import generate
        >>> graphs = generate("encoder", 3, seed=1)
        >>> list(graphs.ids), set(graphs.space)
        (['0', '1', '2'], {'dag:1-4'})
    """
    if bucket is not None and (near is not None or decode):
        raise InputError("--bucket draws from one bucket; leave out --near and --decode")
    if spread is not None and near is None:
        raise InputError("--spread goes with --near: it is the width of the Gaussians around those graphs")
    if spread is not None and not 0 < spread < math.inf:
        raise InputError(f"--spread is a positive number, but got {spread}")
    if space and not decode:
        raise InputError("--space goes with --decode: it says in which space the decoder writes")
    checkpoint = encoder if isinstance(encoder, EncoderCheckpoint) else load_encoder(encoder)
    if buckets:
        old = checkpoint.generator
        checkpoint = replace(checkpoint, generator=BucketGenerator(old.members, old.embeddings, buckets, seed))
    given = None if near is None else _table(near)
    conditions: list[Condition] = [is_novel_to(_table(known)) for known in (novel_to, given) if known is not None]
    if max_params is not None:
        conditions.append(at_most(max_params, {known.name: known for known in checkpoint.spaces}))
    rng = np.random.default_rng(seed)
    candidates = _candidates(checkpoint, bucket, given, spread, decode, space, rng)
    if score is None:
        found = first_that_fulfil(candidates, n, conditions)
    else:
        stays = bucket is not None or given is not None

        def around(best: ArchTable, width: float) -> Iterator[Member]:
            return _candidates(checkpoint, None, best, width, decode, space, rng)

        found = best_by(score, candidates, None if stays else around, n, conditions)
    names = [str(i) for i in range(n)]
    return ArchTable.from_graphs([graph for graph, _ in found], ids=names, space=[name for _, name in found])


def _table(graphs: Graphs) -> ArchTable:
    return graphs if isinstance(graphs, ArchTable) else ArchTable.read(graphs)


def _candidates(
    checkpoint: EncoderCheckpoint,
    bucket: int | None,
    given: ArchTable | None,
    spread: float | None,
    decode: bool,
    space: str,
    rng: np.random.Generator,
) -> Iterator[Member]:
    if bucket is not None:
        return streams.from_bucket(checkpoint, bucket, rng)
    if given is not None and spread is None and not decode:
        return streams.nearest(checkpoint, given)
    if given is None:
        points = streams.prior(checkpoint.generator, rng)
    else:
        points = streams.around(checkpoint, given, streams.NEAR if spread is None else spread, rng)
    if decode:
        return streams.decoded(checkpoint, points, checkpoint.space(space))
    return streams.from_points(checkpoint, points, rng)
