"""From points of the embedding space to graphs: the decoder proposes, the encoder verifies."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from archgraph.graph import ArchGraph
from archgraph.spaces import Space
from archgraph.table import ArchTable
from encoders.decoder import CodeDecoder, by_likelihood
from encoders.encoder import ArchEncoder

_ATTEMPTS = 1000  # codes tried to find them
_TOGETHER = 256  # points whose proposals are encoded together
_AT = 1e-3  # distance within which a member lies at a point


def write(
    encoder: ArchEncoder, decoder: CodeDecoder, space: Space, points: Tensor, proposals: int = 24
) -> list[ArchGraph | None]:
    """For each point the member of the space that lies nearest to it among those that the decoder proposes.

    The likeliest code is taken where its graph is encoded to just that point, as it is for a graph's own embedding
    when the decoder is right. Otherwise the next likely codes that keep the space's rules are encoded, too.

    Args:
        points: in the encoder's coordinates, [n, latent].
        proposals: members encoded for a point at which the likeliest does not lie.

    Returns:
        n graphs; None where none of the thousand likeliest codes is a member.
    """
    with torch.no_grad():
        odds = decoder(points.to(decoder.device)).cpu().double().numpy()
    graphs = space.from_codes(odds.argmax(axis=2))
    doubtful = np.flatnonzero(_distances(encoder, graphs, points) > _AT)
    for part in np.array_split(doubtful, 1 + len(doubtful) // _TOGETHER):
        proposed = [_proposals(space, odds[i], proposals) for i in part]
        owner = np.repeat(np.arange(len(part)), [len(some) for some in proposed])
        apart = _distances(encoder, [graph for some in proposed for graph in some], points[part[owner]])
        for number, i in enumerate(part.tolist()):
            own = apart[owner == number]
            graphs[i] = proposed[number][int(own.argmin())] if len(own) else None
    return graphs


def _proposals(space: Space, odds: NDArray[np.float64], most: int) -> list[ArchGraph]:
    """The likeliest members, [at most `most`]."""
    members = (space.from_codes(code[None])[0] for code in islice(by_likelihood(odds), _ATTEMPTS))
    return list(islice((graph for graph in members if graph is not None), most))


def _distances(encoder: ArchEncoder, graphs: Sequence[ArchGraph | None], points: Tensor) -> NDArray[np.float64]:
    """Between each graph's embedding and its point, [n]; infinite where there is no graph."""
    there = [i for i, graph in enumerate(graphs) if graph is not None]
    distances = np.full(len(graphs), np.inf)
    if there:
        embeddings = encoder.encode(ArchTable.from_graphs([graph for graph in graphs if graph is not None]))
        distances[there] = (embeddings - points[there].cpu()).norm(dim=1).numpy()
    return distances
