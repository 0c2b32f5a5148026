"""`archgraph generate`: graphs drawn from the embedding space."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from archgraph.cli.common import EncoderOption, OutGraphs, Seed, check_output, write_graphs

if TYPE_CHECKING:
    import numpy as np

    from archgraph.table.table import ArchTable
    from encoders.embedding.checkpoint import EncoderCheckpoint
    from encoders.generation.conditions import Member


def generate(
    encoder: EncoderOption,
    n: Annotated[int, typer.Option("-n", help="How many graphs.", min=1, max=10_000_000)] = 10,
    buckets: Annotated[int | None, typer.Option(help="Divide the members into this many buckets anew.", min=1)] = None,
    bucket: Annotated[int | None, typer.Option(help="Draw from this bucket only.", min=0)] = None,
    near: Annotated[
        Path | None, typer.Option(help="The graphs nearest to those of this file, nearest first, without those.")
    ] = None,
    spread: Annotated[
        float | None,
        typer.Option(
            help="With --near: draw points from Gaussians of this width around its graphs; 1 spans the space."
        ),
    ] = None,
    max_params: Annotated[
        float | None, typer.Option(help="At most so many parameters in the space's published network.", min=0)
    ] = None,
    novel_to: Annotated[Path | None, typer.Option(help="No graph isomorphic to one of this file.")] = None,
    decode: Annotated[
        bool, typer.Option("--decode", help="Let the decoder write graphs, beyond what buckets hold.")
    ] = False,
    space: Annotated[str, typer.Option(help="With --decode: the space, if the encoder knows several.")] = "",
    seed: Seed = 0,
    output: OutGraphs = None,
) -> None:
    """Draw graphs: a typical point of the embedding space, the bucket it falls in, a graph of that bucket.

    Options change where points come from, what turns them into graphs, and which graphs are kept.
    """
    from dataclasses import replace

    import numpy as np

    from archgraph.errors import InputError
    from archgraph.table.table import ArchTable
    from encoders.embedding.buckets import BucketGenerator
    from encoders.embedding.checkpoint import load_encoder
    from encoders.generation.conditions import at_most, first_that_fulfil
    from encoders.generation.conditions import novel_to as novel

    if bucket is not None and (near or decode):
        raise InputError("--bucket draws from one bucket; leave out --near and --decode")
    if spread is not None and not near:
        raise InputError("--spread goes with --near: it is the width of the Gaussians around those graphs")
    if spread is not None and not 0 < spread < math.inf:
        raise InputError(f"--spread is a positive number, but got {spread}")
    if space and not decode:
        raise InputError("--space goes with --decode: it says in which space the decoder writes")
    check_output(output)
    checkpoint = load_encoder(encoder)
    if buckets:
        old = checkpoint.generator
        checkpoint = replace(checkpoint, generator=BucketGenerator(old.members, old.embeddings, buckets, seed))
    given = ArchTable.read(near) if near else None
    conditions = [novel(ArchTable.read(novel_to))] if novel_to else []
    if given is not None:
        conditions.append(novel(given))
    if max_params is not None:
        conditions.append(at_most(max_params, {known.name: known for known in checkpoint.spaces}))
    rng = np.random.default_rng(seed)
    candidates = _candidates(checkpoint, bucket, given, spread, decode, space, rng)
    found = first_that_fulfil(candidates, n, conditions)
    names = [str(i) for i in range(n)]
    write_graphs(
        ArchTable.from_graphs([graph for graph, _ in found], ids=names, space=[name for _, name in found]), output
    )


def _candidates(
    checkpoint: EncoderCheckpoint,
    bucket: int | None,
    given: ArchTable | None,
    spread: float | None,
    decode: bool,
    space: str,
    rng: np.random.Generator,
) -> Iterator[Member]:
    from encoders.generation import streams as streams

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
