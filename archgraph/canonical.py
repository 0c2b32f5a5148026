"""Exact canonical form of coloured directed acyclic graphs, many graphs at once.

Colours are refined until stable (Weisfeiler-Lehman on in- and out-neighbours, started from operation and depth). Where
nodes still share a colour, one of them is singled out and refinement goes on. Of the nodes that could be singled out,
those which have the same neighbours, or complete to the same labelled graph, are images of each other under an
automorphism (one that fixes all that was singled out before), so one of each kind is followed; among the labelled
graphs that result the smallest is the canonical form. Hash values only order nodes: a collision can cost time, never
exactness.

Arrays hold graphs of one size: `colors` [G, n] uint64 and `adjacency` [G, n, n] bool, nodes in topological order.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archgraph.errors import GraphError

Colors = NDArray[np.uint64]
Adjacency = NDArray[np.bool_]
Orders = NDArray[np.intp]
RawGraph = tuple[Sequence[str], Sequence[tuple[int, int]]]

_MANY = 64  # nodes of shared colours from which a graph is taken apart
_MOST = 1 << 28  # adjacency cells of what is followed at once, in graphs that are too symmetric to be taken apart
_CHUNK = 1 << 22  # adjacency cells handled at once: bounds the memory of refinement to about 100 MB


@lru_cache(maxsize=4096)
def operation_color(name: str) -> int:
    """The colour of an operation: 64 bits that depend on its name alone."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def canonical_form(ops: Sequence[str], edges: Sequence[tuple[int, int]]) -> tuple[list[str], list[tuple[int, int]]]:
    """Operations and sorted edges of the canonical representative; again in topological order."""
    colors, adjacency = stack([(ops, edges)])
    order = canonical_orders(colors, adjacency)[0]
    position = np.argsort(order)
    return [ops[i] for i in order], sorted((int(position[s]), int(position[t])) for s, t in edges)


def canonical_hashes(graphs: Sequence[RawGraph]) -> list[str]:
    """A 128-bit hash of each graph's canonical form, as 32 hexadecimal digits."""
    by_size: dict[int, list[int]] = defaultdict(list)
    for i, (ops, _) in enumerate(graphs):
        by_size[len(ops)].append(i)
    hashes = [""] * len(graphs)
    for rows in by_size.values():
        digests = canonical_digests(*stack([graphs[i] for i in rows]))
        for i, digest in zip(rows, digests, strict=True):
            hashes[i] = digest.hex()
    return hashes


def column_hashes(
    colors: Colors, edges: NDArray[np.integer[Any]], node_ptr: NDArray[np.int64], edge_ptr: NDArray[np.int64]
) -> list[str]:
    """`canonical_hashes` of graphs in columns, without an object a graph.

    Args:
        colors: colour of each node's operation, [nodes] uint64.
        edges: sources and targets, numbered within their graph, [2, edges].
        node_ptr: graph i owns nodes `node_ptr[i]:node_ptr[i + 1]`, [graphs + 1].
        edge_ptr: likewise for edges, [graphs + 1].
    """
    sizes, edge_counts = np.diff(node_ptr), np.diff(edge_ptr)
    hashes = np.empty(len(sizes), dtype=object)
    for n in np.unique(sizes).tolist():
        same = np.flatnonzero(sizes == n)
        step = max(1, _CHUNK // (n * n))
        for start in range(0, len(same), step):
            rows = same[start : start + step]
            counts = edge_counts[rows]
            owner = np.repeat(np.arange(len(rows)), counts)
            edge = np.arange(len(owner)) + np.repeat(edge_ptr[rows] - np.cumsum(counts) + counts, counts)
            adjacency = np.zeros((len(rows), n, n), dtype=np.bool_)
            adjacency[owner, edges[0, edge], edges[1, edge]] = True
            hashes[rows] = [
                d.hex() for d in canonical_digests(colors[node_ptr[rows][:, None] + np.arange(n)], adjacency)
            ]
    return hashes.tolist()


def canonical_digests(colors: Colors, adjacency: Adjacency) -> list[bytes]:
    """A 16-byte digest of each graph's canonical form; arrays as in the module's text."""
    certificates = _certificates(colors, adjacency, canonical_orders(colors, adjacency))
    return [hashlib.blake2b(certificate, digest_size=16).digest() for certificate in certificates]


def relabel(colors: Colors, adjacency: Adjacency, orders: Orders) -> tuple[Colors, Adjacency]:
    """The same graphs with node `orders[g, i]` of graph g in position i."""
    graph = np.arange(len(colors))[:, None]
    return colors[graph, orders], adjacency[graph[:, :, None], orders[:, :, None], orders[:, None, :]]


def canonical_orders(colors: Colors, adjacency: Adjacency) -> Orders:
    """For each graph the old node numbers in canonical order, [G, n]; a topological order."""
    count, n = colors.shape
    step = max(1, _CHUNK // (n * n))
    chunks = [slice(start, start + step) for start in range(0, count, step)]
    return np.concatenate([_canonical_orders(colors[c], adjacency[c]) for c in chunks] or [np.empty((0, n), np.intp)])


def _canonical_orders(colors: Colors, adjacency: Adjacency) -> Orders:
    depth = _depths(adjacency)
    refined = _refine(mix(colors ^ mix(depth.astype(np.uint64))), adjacency)
    orders = _order(refined, depth)
    tied = _first_tie(refined, orders) >= 0
    for graph in np.flatnonzero(tied & (_shared(refined).sum(axis=1) > _MANY)).tolist():
        apart = _taken_apart(refined[graph], adjacency[graph])
        orders[graph] = _order(apart[None], depth[graph, None])[0]
        tied[graph] = False
    if tied.any():
        orders[tied] = _search(refined[tied], colors[tied], adjacency[tied], depth[tied])
    return orders


def _taken_apart(colors: Colors, adjacency: Adjacency) -> Colors:
    """Refined colours [n] of a graph with many ties, none of them shared any more.

    Nodes of one colour with the same neighbours can be exchanged, and so can parts that hang together by no nodes but
    such whose colours are their own, and that are alike in themselves: whichever is first, the labelled graph is one.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    colors = _refine(_twins_apart(colors, adjacency)[None], adjacency[None])[0]
    shared = np.flatnonzero(_shared(colors[None])[0])
    if not len(shared):
        return colors
    count, part = connected_components(coo_array(adjacency[np.ix_(shared, shared)]), connection="weak")
    members = [shared[part == number] for number in range(count)]
    found: list[tuple[bytes, NDArray[np.intp]]] = []
    for size in sorted({len(nodes) for nodes in members}):
        alike = np.stack([nodes for nodes in members if len(nodes) == size])
        inner = adjacency[alike[:, :, None], alike[:, None, :]]
        orders = _search(colors[alike], colors[alike], inner, _depths(inner))
        certificates = _certificates(colors[alike], inner, orders)
        found += zip(certificates, np.take_along_axis(alike, orders, axis=1), strict=True)
    found.sort(key=lambda one: one[0])
    colors = colors.copy()
    for rank, (_, nodes) in enumerate(found):
        colors[nodes] = mix(
            colors[nodes] + mix(np.uint64(rank) * np.uint64(len(colors)) + np.arange(len(nodes), dtype=np.uint64))
        )
    return colors


def _twins_apart(colors: Colors, adjacency: Adjacency) -> Colors:
    """Colours [n] under which nodes that shared one and have the same neighbours differ, by their place among these."""
    links = np.packbits(np.concatenate([adjacency, adjacency.T], axis=1), axis=1)
    places: dict[tuple[int, bytes], int] = defaultdict(int)
    place = np.zeros(len(colors), dtype=np.uint64)
    for node, key in enumerate(zip(colors.tolist(), map(bytes, links), strict=True)):
        place[node] = places[key]
        places[key] += 1
    return np.where(place > 0, mix(colors + mix(place)), colors)


def _search(colors: Colors, ops: Colors, adjacency: Adjacency, depth: NDArray[np.int64]) -> Orders:
    """Canonical orders of graphs that refinement leaves with ties: single out, refine, keep the smallest."""
    owner = np.arange(len(colors))
    leaves: list[tuple[NDArray[np.intp], Orders]] = []
    while True:
        orders = _order(colors, depth[owner])
        tie = _first_tie(colors, orders)
        done = tie < 0
        leaves.append((owner[done], orders[done]))
        if done.all():
            break
        owner, colors, orders, tie = owner[~done], colors[~done], orders[~done], tie[~done]
        branch, node = _without_twins(*_tied_nodes(colors, orders, tie), adjacency[owner])
        if len(branch) * colors.shape[1] ** 2 > _MOST:
            raise GraphError(f"{colors.shape[1]} nodes that are too much alike to be told apart in reasonable time")
        fixed = np.where(_unshared(colors), np.arange(colors.shape[1]), -1)[branch]
        colors, owner = _refine(_single_out(colors[branch], node), adjacency[owner[branch]]), owner[branch]
        several = np.flatnonzero(np.bincount(branch)[branch] > 1)
        completed = _complete(colors[several], adjacency[owner[several]], depth[owner[several]])
        certificates = _certificates(ops[owner[several]], adjacency[owner[several]], completed)
        positions = np.take_along_axis(fixed[several], completed, axis=1)
        keys = zip(branch[several].tolist(), certificates, map(bytes, positions), strict=True)
        keep = np.setdiff1d(np.arange(len(branch)), several[_repeated(keys)])
        colors, owner = colors[keep], owner[keep]
    owners = np.concatenate([o for o, _ in leaves])
    candidates = np.concatenate([c for _, c in leaves])
    certificates = _certificates(ops[owners], adjacency[owners], candidates)
    best: dict[int, int] = {}
    for i, o in enumerate(owners.tolist()):
        if o not in best or certificates[i] < certificates[best[o]]:
            best[o] = i
    return candidates[[best[o] for o in range(len(best))]]


def _complete(colors: Colors, adjacency: Adjacency, depth: NDArray[np.int64]) -> Orders:
    """One order each: the first tied node is singled out until none is tied."""
    colors = colors.copy()
    while True:
        orders = _order(colors, depth)
        tie = _first_tie(colors, orders)
        tied = np.flatnonzero(tie >= 0)
        if not len(tied):
            return orders
        first = orders[tied, tie[tied]]
        colors[tied] = _refine(_single_out(colors[tied], first), adjacency[tied])


def _certificates(ops: Colors, adjacency: Adjacency, orders: Orders) -> list[bytes]:
    """Operations and edges of each graph once put in order: equal exactly for equal labelled graphs."""
    form_ops, form = relabel(ops.astype("<u8"), adjacency, orders)
    packed = np.packbits(form.reshape(len(orders), orders.shape[1] ** 2), axis=1)
    return [o.tobytes() + e.tobytes() for o, e in zip(form_ops, packed, strict=True)]


def _unshared(colors: Colors) -> NDArray[np.bool_]:
    """Whether each node is the only one of its colour."""
    return ~_shared(colors)


def _shared(colors: Colors) -> NDArray[np.bool_]:
    """Whether another node has the colour of each."""
    order = np.argsort(colors, axis=1)
    ordered = np.take_along_axis(colors, order, axis=1)
    equal = ordered[:, 1:] == ordered[:, :-1]
    edge = np.zeros((len(colors), 1), dtype=np.bool_)
    found = np.empty_like(colors, dtype=np.bool_)
    np.put_along_axis(found, order, np.hstack([edge, equal]) | np.hstack([equal, edge]), axis=1)
    return found


def _tied_nodes(colors: Colors, orders: Orders, tie: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs (row, node) for every node that shares the colour of the first tie of its row."""
    rows = np.arange(len(colors))
    shared = colors[rows, orders[rows, tie]]
    branch, node = np.nonzero(colors == shared[:, None])
    return branch, node


def _without_twins(
    branch: NDArray[np.intp], node: NDArray[np.intp], adjacency: Adjacency
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The same pairs, of nodes of a row with equal neighbours the first alone: to exchange them changes nothing."""
    links = np.concatenate([adjacency[branch, node], adjacency[branch, :, node]], axis=1)
    keys = zip(branch.tolist(), map(bytes, np.packbits(links, axis=1)), strict=True)
    keep = np.setdiff1d(np.arange(len(branch)), _repeated(keys))
    return branch[keep], node[keep]


def _repeated(keys: Iterable[Hashable]) -> NDArray[np.intp]:
    """The positions of the keys that stand before already."""
    seen: set[Hashable] = set()
    repeated = []
    for position, key in enumerate(keys):
        if key in seen:
            repeated.append(position)
        seen.add(key)
    return np.array(repeated, dtype=np.intp)


def _single_out(colors: Colors, node: NDArray[np.intp]) -> Colors:
    colors = colors.copy()
    rows = np.arange(len(colors))
    colors[rows, node] = mix(colors[rows, node] + np.uint64(1))
    return colors


def _first_tie(colors: Colors, orders: Orders) -> NDArray[np.intp]:
    """The first position in `orders` whose node has the colour of the next one, or -1."""
    ordered = np.take_along_axis(colors, orders, axis=1)
    equal = ordered[:, 1:] == ordered[:, :-1]
    return np.where(equal.any(axis=1), equal.argmax(axis=1), -1) if equal.size else np.full(len(colors), -1)


def _order(colors: Colors, depth: NDArray[np.int64]) -> Orders:
    return np.lexsort((colors, depth), axis=1)


def _depths(adjacency: Adjacency) -> NDArray[np.int64]:
    """Edges on the longest path from a source to each node, [G, n]."""
    depth = np.zeros(adjacency.shape[:2], dtype=np.int64)
    for node in range(adjacency.shape[1]):
        depth[:, node] = np.where(adjacency[:, :, node], depth + 1, 0).max(axis=1)
    return depth


def _refine(colors: Colors, adjacency: Adjacency) -> Colors:
    """Refine colours by those of in- and out-neighbours until no graph gains a colour."""
    colors = colors.copy()
    active = np.arange(len(colors))
    classes = _count_classes(colors)
    while len(active):
        edges = adjacency[active]
        mixed = mix(colors[active])
        incoming = np.einsum("gij,gi->gj", edges, mixed)
        outgoing = np.einsum("gij,gj->gi", edges, mixed)
        colors[active] = mix(mixed + mix(incoming + _IN) + mix(outgoing + _OUT))
        gained = _count_classes(colors[active])
        active, classes = active[gained > classes], gained[gained > classes]
    return colors


def _count_classes(colors: Colors) -> NDArray[np.int64]:
    ordered = np.sort(colors, axis=1)
    return 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1)


_IN, _OUT = np.uint64(0x243F6A8885A308D3), np.uint64(0x13198A2E03707344)  # the first digits of pi


def mix(values: Colors) -> Colors:
    """A bijection of 64-bit numbers that scatters them (the finaliser of splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def stack(graphs: Sequence[RawGraph]) -> tuple[Colors, Adjacency]:
    """Colours and adjacency of graphs of one size."""
    n = len(graphs[0][0])
    colors = np.array([[operation_color(name) for name in ops] for ops, _ in graphs], dtype=np.uint64)
    adjacency = np.zeros((len(graphs), n, n), dtype=np.bool_)
    for g, (_, edges) in enumerate(graphs):
        for s, t in edges:
            adjacency[g, s, t] = True
    return colors, adjacency
