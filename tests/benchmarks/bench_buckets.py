"""Buckets and conditions over a trained encoder of a whole space.

    python tests/benchmarks/bench_buckets.py ENCODER [--space nasbench101]

Checks over all members: each is in exactly one bucket, every bucket can be drawn, draws follow the stated distribution
(chi-squared within buckets, and of buckets under the prior), `--near` is near, `--max-params` is kept.
"""

from __future__ import annotations

import argparse
from itertools import islice

import numpy as np
from scipy.stats import chisquare

from archgraph import ArchTable
from archgraph.edits.paths import edit_distance
from archgraph.networks.cost import cost
from encoders import load_encoder
from encoders.generation import streams as generate
from encoders.generation.conditions import at_most, first_that_fulfil

DRAWS = 2_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder")
    parser.add_argument("--space", default="nasbench101")
    arguments = parser.parse_args()
    checkpoint = load_encoder(arguments.encoder)
    generator, space = checkpoint.generator, checkpoint.space(arguments.space)
    rng = np.random.default_rng(0)
    buckets, sizes = len(generator.centers), np.bincount(generator.bucket_of)
    own = generator.bucket(generator.points[:20_000])
    print(f"{len(generator.members)} members in {buckets} buckets of {sizes.min()} to {sizes.max()}")
    print(f"members that fall in their own bucket: {np.mean(own == generator.bucket_of[:20_000]):.4f} of 20,000")
    drawn = generator.from_buckets(np.arange(buckets), rng)
    print(f"every bucket drawn: {np.array_equal(generator.bucket_of[drawn], np.arange(buckets))}")

    repeated = np.repeat(np.arange(buckets), DRAWS // buckets)
    counts = np.bincount(generator.from_buckets(repeated, rng), minlength=len(generator.members))
    expected = (DRAWS // buckets) / sizes[generator.bucket_of]
    print(f"uniform within buckets: chi-squared p = {_pvalue(counts, expected, buckets):.3f}")
    share = np.bincount(generator.bucket(generator.prior(200_000, rng)), minlength=buckets)
    sampled = np.bincount(generator.bucket_of[generator.sample(200_000, rng)], minlength=buckets)
    seen = share + sampled > 20
    statistic = ((share - sampled)[seen] ** 2 / (share + sampled)[seen]).sum()
    print(f"buckets as often as the prior says: chi-squared {statistic:.0f} for {seen.sum()} buckets")

    edits = []
    for row in rng.integers(len(generator.members), size=50):
        given = generator.members[[int(row)]]
        near = islice(generate.nearest(checkpoint, given), 1, 11)
        edits.append(np.median([edit_distance(graph, given[0]) for graph, _ in near]))
    print(f"the 10 nearest of 50 graphs: median edit distance {np.median(edits)}, at most {np.max(edits)}")
    limit = float(np.median([cost(generator.members[int(i)], space).params for i in drawn[:200]]))
    source = generate.from_points(checkpoint, generate.prior(generator, rng), rng)
    kept = first_that_fulfil(source, 1000, [at_most(limit, {space.name: space})])
    largest = max(cost(graph, space).params for graph, _ in kept)
    print(f"1,000 graphs of at most {limit:,.0f} parameters: the largest has {largest:,}")
    print(f"different among them: {len(set(ArchTable.from_graphs([graph for graph, _ in kept]).hashes()))}")


def _pvalue(counts: np.ndarray, expected: np.ndarray, buckets: int) -> float:
    """Chi-squared over all members; each bucket's total is fixed, which costs one degree of freedom a bucket."""
    return float(chisquare(counts, expected, ddof=buckets - 1).pvalue)


if __name__ == "__main__":
    main()
