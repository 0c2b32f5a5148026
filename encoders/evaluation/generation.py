"""How good an encoder is: what comes back, what the prior gives, and how smooth the embedding space is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from archgraph.errors import InputError
from archgraph.seeds import derive_seed
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.embedding.checkpoint import EncoderCheckpoint
from encoders.embedding.decoder import CodeDecoder
from encoders.embedding.encoder import ArchEncoder
from encoders.embedding.pairs import MOST_EDITS, EditPairs, edit_pairs
from encoders.generation.decode import write

NOISE = 0.03
"""Standard deviation of the noise under which reconstruction is measured, that of training."""
_PROPOSALS, _CHANGES = 32, 100  # looked at where the likeliest code is not it
_NOISY = 1000  # graphs that it is measured on


@dataclass(frozen=True)
class Draws:
    """Shares of draws from the prior.

    Attributes:
        valid: at which a member was written.
        valid_at_once: at which the likeliest code was one.
        distinct: different graphs over draws.
        novel: of the different graphs, those that the encoder was not trained on.
    """

    valid: float
    valid_at_once: float
    distinct: float
    novel: float


def reconstruction(
    encoder: ArchEncoder,
    decoder: CodeDecoder,
    points: Tensor,
    members: ArchTable,
    space: Space,
    changes: int = _CHANGES,
) -> float:
    """Share of members that come back exactly, up to isomorphism, from the points that stand for them.

    Args:
        points: embeddings, or points near them, [len(members), latent].
        changes: as of `write`; they pay only where points are embeddings, at which a search can end.
    """
    written = write(encoder, decoder, space, points, _PROPOSALS, changes)
    known = ArchTable.from_graphs([graph for graph in written if graph is not None]).hashes()
    found = iter(known)
    same = [graph is not None and next(found) == own for graph, own in zip(written, members.hashes(), strict=True)]
    return float(np.mean(same))


def reconstructed(checkpoint: EncoderCheckpoint, space: Space) -> tuple[float, float]:
    """Shares of the members that the encoder was trained on, and of those held out, that come back from embeddings."""
    encoder, members = checkpoint.pretrained.encoder, checkpoint.generator.members
    kept, rest = (members[rows] for rows in checkpoint.parts())
    decoder = checkpoint.decoder(space.name)
    first, second = (reconstruction(encoder, decoder, encoder.encode(part), part, space) for part in (kept, rest))
    return first, second


def draws_from_prior(
    checkpoint: EncoderCheckpoint, space: Space, known: ArchTable, n: int, rng: np.random.Generator
) -> Draws:
    """Write what lies at n points of the prior.

    Args:
        known: the graphs that the encoder was trained on.
    """
    generator, decoder = checkpoint.generator, checkpoint.decoder(space.name)
    points = torch.from_numpy(generator.unwhiten(generator.prior(n, rng))).float()
    at_once = np.mean([graph is not None for graph in space.from_codes(decoder.likeliest(points))])
    written = write(checkpoint.pretrained.encoder, decoder, space, points)
    graphs = [graph for graph in written if graph is not None]
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

    Raises:
        InputError: no member of the space was held out.
    """
    if not len(held_out):
        raise InputError(f"no graph of {space.name} was held out of the training, so nothing can be measured on it")
    encoder, decoder = checkpoint.pretrained.encoder, checkpoint.decoder(space.name)
    rng = np.random.default_rng(derive_seed(checkpoint.seed, "evaluate", space.name))
    points = encoder.encode(held_out)
    noise = NOISE * torch.from_numpy(rng.standard_normal(points.shape)).float()
    from_prior = draws_from_prior(checkpoint, space, known, draws, rng)
    return {
        "held_out": len(held_out),
        "reconstruction": reconstruction(encoder, decoder, points, held_out, space),
        "reconstruction_by_decoder_alone": float((decoder.likeliest(points) == space.to_codes(held_out)).all(1).mean()),
        "reconstruction_under_noise": reconstruction(
            encoder, decoder, (points + noise)[:_NOISY], held_out[:_NOISY], space, changes=0
        ),
        "draws": draws,
        "valid": from_prior.valid,
        "valid_at_once": from_prior.valid_at_once,
        "distinct": from_prior.distinct,
        "novel": from_prior.novel,
        f"smoothness_within_{MOST_EDITS}_edits": smoothness(checkpoint, edit_pairs(space, held_out, pairs, rng)),
    }
