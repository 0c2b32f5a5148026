"""`archgraph generate`: graphs drawn from the embedding space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archgraph.cli.common import AllowCode, EncoderOption, OutGraphs, Seed, check_output, write_graphs


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
    maximise: Annotated[
        Path | None,
        typer.Option(
            help="Of all that are met in some rounds of steps in the space, those that this difference predictor puts "
            "first, best first; with --near or --bucket of those there.",
            metavar="DELTA",
        ),
    ] = None,
    seed: Seed = 0,
    output: OutGraphs = None,
    allow_code: AllowCode = False,
) -> None:
    """Draw graphs: a typical point of the embedding space, the bucket it falls in, a graph of that bucket.

    Options change where points come from, what turns them into graphs, and which graphs are kept.
    """
    from encoders.delta.checkpoint import load_delta
    from encoders.generation.generate import generate

    check_output(output)
    score = None if maximise is None else load_delta(maximise).rank
    found = generate(encoder, n, buckets, bucket, near, spread, max_params, novel_to, decode, space, seed, score)
    write_graphs(found, output)
