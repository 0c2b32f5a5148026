"""From points of the embedding space to graphs: the decoder proposes, the encoder verifies, and changes mend."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import combinations, islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from archgraph.graph import ArchGraph
from archgraph.spaces import Space
from archgraph.table.table import ArchTable
from encoders.embedding.decoder import CodeDecoder, by_likelihood
from encoders.embedding.encoder import ArchEncoder

_ATTEMPTS = 1000  # codes tried to find proposals
_TOGETHER = 64  # points whose candidates are encoded together
_AT = 1e-3  # distance within which a member lies at a point

Code = NDArray[np.int64]
Candidate = tuple[Code, ArchGraph]


def write(
    encoder: ArchEncoder,
    decoder: CodeDecoder,
    space: Space,
    points: Tensor,
    proposals: int = 24,
    changes: int = 0,
) -> list[ArchGraph | None]:
    """For each point the member of the space that lies nearest to it among those that are looked at.

    The likeliest code is taken where its graph is encoded to just that point, as it is for a graph's own embedding
    when the decoder is right. Otherwise the next likely codes that keep the space's rules are encoded, too; and then,
    best first, all that one change leads to from the nearest code that was not yet changed.

    Args:
        points: in the encoder's coordinates, [n, latent].
        proposals: members encoded for a point at which the likeliest does not lie.
        changes: codes changed at most for a point at which none of the proposals lies.

    Returns:
        n graphs; None where none of the thousand likeliest codes is a member.
    """
    with torch.no_grad():
        odds = decoder(points.to(decoder.device)).cpu().double().numpy()
    nearest = [_Nearest(point) for point in points.cpu()]
    likeliest = odds.argmax(axis=2)
    firsts = zip(likeliest, space.from_codes(likeliest), strict=True)
    _look(encoder, nearest, [[(code, graph)] if graph is not None else [] for code, graph in firsts])
    doubtful = [i for i, found in enumerate(nearest) if found.apart > _AT]
    for start in range(0, len(doubtful), _TOGETHER):
        rows = doubtful[start : start + _TOGETHER]
        _look(encoder, [nearest[i] for i in rows], [_proposals(space, odds[i], proposals) for i in rows])
        for _ in range(changes):
            left = [nearest[i] for i in rows if nearest[i].apart > _AT and nearest[i].waiting]
            if not left:
                break
            _look(encoder, left, [found.changed(space) for found in left])
    return [found.graph for found in nearest]


class _Nearest:
    """The nearest member to a point among those that were looked at.

    Attributes:
        graph: None before a member was looked at.
        apart: its distance from the point, else infinity.
        waiting: (distance, number, code) as a heap: those that were not yet changed.
        seen: all codes, as bytes.
    """

    def __init__(self, point: Tensor) -> None:
        self.point = point
        self.graph: ArchGraph | None = None
        self.apart = float("inf")
        self.waiting: list[tuple[float, int, Code]] = []
        self.seen: set[bytes] = set()

    def look(self, code: Code, graph: ArchGraph, apart: float) -> None:
        """Take note of a member at this distance."""
        if code.tobytes() in self.seen:
            return
        heapq.heappush(self.waiting, (apart, len(self.seen), code))
        self.seen.add(code.tobytes())
        if apart < self.apart:
            self.graph, self.apart = graph, apart

    def changed(self, space: Space) -> list[Candidate]:
        """The members that one change leads to from the nearest that was not yet changed, without those seen."""
        code = heapq.heappop(self.waiting)[2]
        fresh = [changed for changed in _changes(space, code) if changed.tobytes() not in self.seen]
        graphs = space.from_codes(np.stack(fresh)) if fresh else []
        return [(changed, graph) for changed, graph in zip(fresh, graphs, strict=True) if graph is not None]


def _look(encoder: ArchEncoder, nearest: Sequence[_Nearest], candidates: Sequence[Sequence[Candidate]]) -> None:
    """Look at the candidates of each point; all are encoded together."""
    asked = [(found, *candidate) for found, some in zip(nearest, candidates, strict=True) for candidate in some]
    if not asked:
        return
    embeddings = encoder.encode(ArchTable.from_graphs([graph for _, _, graph in asked]))
    apart = (embeddings - torch.stack([found.point for found, _, _ in asked])).norm(dim=1).tolist()
    for (found, code, graph), distance in zip(asked, apart, strict=True):
        found.look(code, graph, distance)


def _proposals(space: Space, odds: NDArray[np.float64], most: int) -> list[Candidate]:
    """The likeliest members, at most `most`."""
    tried = islice(by_likelihood(odds), _ATTEMPTS)
    pairs = ((code, space.from_codes(code[None])[0]) for code in tried)
    return list(islice(((code, graph) for code, graph in pairs if graph is not None), most))


def _changes(space: Space, code: Code) -> Iterator[Code]:
    """All codes that differ from `code` at one position, or in which two positions have exchanged their choices."""
    for position, options in enumerate(space.options):
        for step in range(1, options):
            changed = code.copy()
            changed[position] = (code[position] + step) % options
            yield changed
    for one, other in combinations(range(len(code)), 2):
        if space.options[one] == space.options[other] and code[one] != code[other]:
            changed = code.copy()
            changed[[one, other]] = code[[other, one]]
            yield changed
