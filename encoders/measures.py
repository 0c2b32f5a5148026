"""How good an encoder is: what comes back, what the prior gives, and how smooth the embedding space is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.table import ArchTable
from encoders.checkpoint import EncoderCheckpoint
from encoders.decoder import CodeDecoder
from encoders.pairs import MOST_EDITS, EditPairs, edit_pairs

NOISE = 0.03
"""Standard deviation of the noise under which reconstruction is measured, that of training."""


@dataclass(frozen=True)
class Draws:
    """Shares of draws from the prior.

    Attributes:
        valid: at which the decoder wrote a member.
        valid_at_once: at which its likeliest code was one.
        distinct: different graphs over draws.
        novel: of the different graphs, those that the encoder was not trained on.
    """

    valid: float
    valid_at_once: float
    distinct: float
    novel: float


def reconstruction(decoder: CodeDecoder, points: Tensor, codes: np.ndarray, space: Space) -> float:
    """Share of graphs that come back exactly, up to isomorphism, when their embedding is decoded.

    Args:
        points: embeddings, [n, latent].
        codes: of the graphs, [n, places].
    """
    written = decoder.likeliest(points)
    differ = np.flatnonzero((written != codes).any(axis=1))
    again = decoder.decode(points[differ], space)
    saved = sum(a is not None and a == b for a, b in zip(again, space.from_codes(codes[differ]), strict=True))
    return 1 - (len(differ) - saved) / max(1, len(codes))


def draws_from_prior(
    checkpoint: EncoderCheckpoint, space: Space, known: ArchTable, n: int, rng: np.random.Generator
) -> Draws:
    """Decode n points of the prior.

    Args:
        known: the graphs that the encoder was trained on.
    """
    generator, decoder = checkpoint.generator, checkpoint.decoder(space.name)
    points = torch.from_numpy(generator.unwhiten(generator.prior(n, rng))).float()
    at_once = np.mean([graph is not None for graph in space.from_codes(decoder.likeliest(points))])
    graphs = [graph for graph in decoder.decode(points, space) if graph is not None]
    hashes = set(ArchTable.from_graphs(graphs).hashes())
    trained = set(known.hashes())
    novel = np.mean([name not in trained for name in hashes])
    return Draws(len(graphs) / n, float(at_once), len(hashes) / n, float(novel))


def smoothness(checkpoint: EncoderCheckpoint, pairs: EditPairs) -> float:
    """Spearman correlation of the distance of embeddings with the edit distance of pairs within 6 edits."""
    encoder = checkpoint.pretrained.encoder
    apart = (encoder.encode(pairs.first) - encoder.encode(pairs.second)).norm(dim=1).numpy()
    return float(spearmanr(apart, pairs.distance).statistic)


def evaluate(
    checkpoint: EncoderCheckpoint, space: Space, held_out: ArchTable, known: ArchTable, draws: int, pairs: int
) -> dict[str, float]:
    """All measures of one space.

    Args:
        held_out: members that the encoder was not trained on.
        known: those that it was trained on.
        draws: points drawn from the prior.
        pairs: pairs of held-out members and others within 6 edits of them.
    """
    encoder, decoder = checkpoint.pretrained.encoder, checkpoint.decoder(space.name)
    rng = np.random.default_rng(derive_seed(checkpoint.seed, "evaluate", space.name))
    points, codes = encoder.encode(held_out), space.to_codes(held_out)
    noise = torch.from_numpy(rng.standard_normal(points.shape)).float()
    from_prior = draws_from_prior(checkpoint, space, known, draws, rng)
    return {
        "held_out": len(held_out),
        "reconstruction": reconstruction(decoder, points, codes, space),
        "reconstruction_under_noise": reconstruction(decoder, points + NOISE * noise, codes, space),
        "draws": draws,
        "valid": from_prior.valid,
        "valid_at_once": from_prior.valid_at_once,
        "distinct": from_prior.distinct,
        "novel": from_prior.novel,
        f"smoothness_within_{MOST_EDITS}_edits": smoothness(checkpoint, edit_pairs(space, held_out, pairs, rng)),
    }
