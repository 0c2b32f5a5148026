"""From points of the embedding space to graphs: the decoder proposes, the encoder verifies, and changes mend."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
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

_ATTEMPTS = 1000  # codes tried to find proposals
_TOGETHER = 64  # points whose candidates are encoded together
_AT = 1e-3  # distance within which a member lies at a point

Code = NDArray[np.int64]


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
    _offer(encoder, space, nearest, list(odds.argmax(axis=2)[:, None]))
    doubtful = [i for i, found in enumerate(nearest) if found.apart > _AT]
    for start in range(0, len(doubtful), _TOGETHER):
        rows = doubtful[start : start + _TOGETHER]
        _offer(encoder, space, [nearest[i] for i in rows], [_proposals(space, odds[i], proposals) for i in rows])
        for _ in range(changes):
            rows = [i for i in rows if nearest[i].apart > _AT and nearest[i].waiting]
            if not rows:
                break
            changed = [list(_changes(space, nearest[i].next())) for i in rows]
            _offer(encoder, space, [nearest[i] for i in rows], changed)
    return [found.graph for found in nearest]


class _Nearest:
    """The nearest graph to a point among those that were looked at, and their codes, the nearest first.

    Attributes:
        graph: None before a member was looked at.
        apart: its distance from the point, else infinity.
        waiting: (distance, number, code) as a heap: the codes of members that were not yet changed.
        looked: members looked at.
        seen: all codes, as bytes.
    """

    def __init__(self, point: Tensor) -> None:
        self.point = point
        self.graph: ArchGraph | None = None
        self.apart = float("inf")
        self.waiting: list[tuple[float, int, Code]] = []
        self.looked = 0
        self.seen: set[bytes] = set()

    def new(self, codes: Sequence[Code]) -> list[Code]:
        """Those that were not yet looked at; from now on they are."""
        fresh = {code.tobytes(): code for code in codes if code.tobytes() not in self.seen}
        self.seen.update(fresh)
        return list(fresh.values())

    def look(self, graph: ArchGraph, code: Code, apart: float) -> None:
        """Take note of a member at this distance."""
        self.looked += 1
        heapq.heappush(self.waiting, (apart, self.looked, code))
        if apart < self.apart:
            self.graph, self.apart = graph, apart

    def next(self) -> Code:
        """The nearest code that was not yet changed."""
        return heapq.heappop(self.waiting)[2]


def _offer(encoder: ArchEncoder, space: Space, nearest: Sequence[_Nearest], codes: Sequence[Sequence[Code]]) -> None:
    """Look at what each point's codes stand for; all graphs are encoded together."""
    asked = [(found, code) for found, some in zip(nearest, codes, strict=True) for code in found.new(some)]
    if not asked:
        return
    graphs = space.from_codes(np.stack([code for _, code in asked]))
    there = [(found, code, graph) for (found, code), graph in zip(asked, graphs, strict=True) if graph is not None]
    if not there:
        return
    embeddings = encoder.encode(ArchTable.from_graphs([graph for _, _, graph in there]))
    apart = (embeddings - torch.stack([found.point for found, _, _ in there])).norm(dim=1).tolist()
    for (found, code, graph), distance in zip(there, apart, strict=True):
        found.look(graph, code, distance)


def _proposals(space: Space, odds: NDArray[np.float64], most: int) -> list[Code]:
    """The likeliest codes of members, at most `most`."""
    tried = islice(by_likelihood(odds), _ATTEMPTS)
    return list(islice((code for code in tried if space.from_codes(code[None])[0] is not None), most))


def _changes(space: Space, code: Code) -> Iterator[Code]:
    """All codes that differ from `code` at one place."""
    for place, options in enumerate(space.options):
        for step in range(1, options):
            changed = code.copy()
            changed[place] = (code[place] + step) % options
            yield changed
