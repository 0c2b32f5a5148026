"""Physical features: how deep, how wide and how far-sighted the network is that an architecture stands for.

What flows from the input to the output takes every way at once. Quantities of a way, such as its convolutions, are
therefore averaged over ways, and three weightings are taken: every path alike; a walk against the data flow that
chooses evenly among what is summed and by channels among what is concatenated; and a walk along it. Channels are
split as NAS-Bench-101 splits them (`channel_shares`). All of it is a reconstruction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from archgraph.networks.nasbench101 import channel_shares
from archgraph.ops import OPS, Operation
from archgraph.table import ArchTable
from encoders.padded import FIRST, PaddedGraphs, padded

COSTS = ("log parameters", "log projections", "log multiply-adds")
QUANTITIES = ("operations", "convolutions", "spatial convolutions", "field", "poolings", "halvings")
_DAMPINGS = (0.2, 0.5, 0.8)
_LAYERS = {"conv": 1, "sep_conv": 2, "dil_conv": 1, "mbconv": 2, "res_block": 2, "linear": 1, "attention": 2}
_TINY = 1e-3
Floats = NDArray[np.float64]


def physics(table: ArchTable, operations: Sequence[str], live: bool = True) -> NDArray[np.float32]:
    """Physical features of every graph.

    Args:
        table: any graphs.
        operations: names of the operations that are told apart, as for `statistics`.
        live: leave out the edges that carry nothing.

    Returns:
        [len(table), F], the columns as `physics_names(operations)` names them.

    Raises:
        InputError: an operation of the table is not among `operations`.
    """
    values, weights = _quantities(operations), _weights(operations)
    result = np.empty((len(table), len(physics_names(operations))), dtype=np.float32)
    with np.errstate(over="ignore"):
        for graphs in padded(table, operations, width=4 * values.shape[1], live=live):
            result[graphs.rows] = _features(graphs, values, weights)
    return np.nan_to_num(result, posinf=1e6, neginf=-1e6)


def physics_names(operations: Sequence[str]) -> list[str]:
    """Names of the columns of `physics`, `COSTS` last; they depend on nothing but `operations`."""
    ways = ("path", "walk back", "walk on")
    carried = [*QUANTITIES, *operations]
    return [
        *(f"mean {name} on a {way}" for way in ways for name in carried),
        *(f"spread of {name} on a {way}" for way in ways for name in QUANTITIES[:4]),
        *(f"gain at {damping} {way}" for way in ways for damping in _DAMPINGS),
        *("feeds of output", "narrowest vertex", "mean channels", "skips to output"),
        *(f"{what} {name}" for what in ("channels", "squared channels") for name in operations),
        *(f"{what} {name}" for what in ("place", "distance to output", "halvings before") for name in operations),
        *COSTS,
    ]


def _quantities(operations: Sequence[str]) -> Floats:
    """What each class of nodes adds to a way, [classes, QUANTITIES + operations]."""
    rows = np.zeros((FIRST + len(operations), len(QUANTITIES) + len(operations)))
    for number, name in enumerate(operations):
        operation = OPS[OPS.index(name)]
        layers = _LAYERS.get(operation.kind, 0)
        wide = operation.kernel > 1
        field = (operation.kernel - 1) * operation.dilation * max(1, layers if operation.kind != "mbconv" else 1)
        pool = operation.kind.endswith("_pool")
        rows[FIRST + number, : len(QUANTITIES)] = (
            operation.kind not in ("identity", "zero"),
            layers,
            layers * wide,
            field / 2,
            pool,
            np.log2(operation.stride),
        )
        rows[FIRST + number, len(QUANTITIES) + number] = 1
    return rows


def _weights(operations: Sequence[str]) -> Floats:
    """Weights of each class of nodes over its squared channels, [classes]."""
    return np.array([0.0] * FIRST + [_weight(OPS[OPS.index(name)]) for name in operations])


def _weight(operation: Operation) -> float:
    if operation.kind == "mbconv":
        return 2 * operation.expansion + operation.kernel**2 * operation.expansion / 64
    if operation.kind in ("sep_conv", "dil_conv"):
        return _LAYERS[operation.kind] * (1 + operation.kernel**2 / 64)
    if operation.kind == "conv" and operation.groups == 0:
        return operation.kernel**2 / 64
    return _LAYERS.get(operation.kind, 0) * operation.kernel**2 / max(operation.groups, 1)


def _features(graphs: PaddedGraphs, values: Floats, weights: Floats) -> Floats:
    """All features, [B, F]."""
    value = values[graphs.node_class]
    edges = graphs.adjacency.astype(np.float64)
    channels = channel_shares(graphs.adjacency)
    ways = _ways(edges, channels)
    mean, spread = _moments(ways, value)
    gains = _gains(ways, value[:, :, 1])
    back = mean[1]
    return np.concatenate(
        [
            *mean[:, :, -1],
            *spread,
            *gains,
            _widths(edges, channels),
            _places(graphs, value, back, channels),
            _costs(edges, weights[graphs.node_class], channels, back[:, :, QUANTITIES.index("halvings")]),
        ],
        axis=1,
    )


def _ways(edges: Floats, channels: Floats) -> Floats:
    """Three weightings of the ways, each as the chance that a way through node v came from node s, [3, B, v, s]."""
    count, nodes, _ = edges.shape
    paths, flow = np.zeros((count, nodes)), np.zeros((count, nodes))
    paths[:, 0] = flow[:, 0] = 1
    onward = edges / np.maximum(edges.sum(axis=2, keepdims=True), 1)
    for v in range(1, nodes):
        paths[:, v] = np.minimum((edges[:, :v, v] * paths[:, :v]).sum(axis=1), 1e100)
        flow[:, v] = (onward[:, :v, v] * flow[:, :v]).sum(axis=1)
    split = edges.copy()
    split[:, 1:, -1] *= channels[:, 1:]
    return _shares(np.stack([edges * paths[:, :, None], split, onward * flow[:, :, None]]))


def _shares(edges: Floats) -> Floats:
    """Weighted edges [..., s, v] as shares of what enters v, [..., v, s]."""
    into = edges.swapaxes(-1, -2)
    return into / np.maximum(into.sum(axis=-1, keepdims=True), 1e-300)


def _moments(ways: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Mean of what a way has collected at each node, [3, B, nodes, Q], and its spread at the output, [3, B, 4]."""
    mean = np.stack([value] * len(ways))
    square = mean[..., :4] ** 2
    for v in range(1, value.shape[1]):
        way = ways[:, :, v, None, :v]
        before = (way @ mean[:, :, :v])[:, :, 0]
        square[:, :, v] += (way @ square[:, :, :v])[:, :, 0]
        square[:, :, v] += 2 * value[:, v, :4] * before[..., :4]
        mean[:, :, v] += before
    return mean, np.sqrt(np.maximum(square[:, :, -1] - mean[:, :, -1, :4] ** 2, 0))


def _gains(ways: Floats, layers: Floats) -> Floats:
    """What arrives at the output if every layer lets a part through, for each part, [3, B, dampings]."""
    gain = np.stack([np.array(_DAMPINGS) ** layers[:, :, None]] * len(ways))
    for v in range(1, layers.shape[1]):
        gain[:, :, v] *= (ways[:, :, v, None, :v] @ gain[:, :, :v])[:, :, 0]
    return gain[:, :, -1]


def _widths(edges: Floats, channels: Floats) -> Floats:
    """[B, 4], as named."""
    alive = channels[:, 1:-1] > 0
    narrowest = np.where(alive, channels[:, 1:-1], 1).min(axis=1, initial=1)
    mean = channels[:, 1:-1].sum(axis=1) / np.maximum(alive.sum(axis=1), 1)
    return np.stack([edges[:, 1:, -1].sum(axis=1), narrowest, mean, edges[:, 0, -1]], axis=1)


def _places(graphs: PaddedGraphs, value: Floats, mean: Floats, channels: Floats) -> Floats:
    """Channels and places of each operation, summed over its nodes, [B, 5 * operations]."""
    first = len(QUANTITIES)
    is_op = value[:, :, first:] * (channels > 0)[:, :, None]
    ahead = np.zeros(channels.shape)
    for v in range(graphs.nodes - 2, -1, -1):
        further = graphs.adjacency[:, v, v + 1 :]
        steps = ahead[:, v + 1 :] + value[:, v + 1 :, 0]
        ahead[:, v] = (further * steps).sum(axis=1) / np.maximum(further.sum(axis=1), 1)
    per_node = (channels, channels**2, mean[:, :, 0], ahead, mean[:, :, QUANTITIES.index("halvings")])
    return np.concatenate([np.einsum("bn,bnp->bp", numbers, is_op) for numbers in per_node], axis=1)


def _costs(edges: Floats, weights: Floats, channels: Floats, halvings: Floats) -> Floats:
    """[B, 3], as named; channels double wherever the image's side is halved."""
    squared = (channels * 2.0 ** np.minimum(halvings, 30)) ** 2
    parameters = (weights * squared).sum(axis=1)
    projections = (edges[:, 0] * channels).sum(axis=1)
    adds = (weights * channels**2).sum(axis=1)
    return np.log(_TINY + np.stack([parameters, projections, adds], axis=1))
