"""Flow features: how deep, how wide and how far-sighted the network is that an architecture stands for.

What flows from the input to the output takes every way at once. Quantities of a way, such as its convolutions, are
therefore averaged over ways, and three weightings are taken: every path alike; a walk against the data flow that
chooses evenly among what is summed and by channels among what is concatenated; and a walk along it. Channels are
split as NAS-Bench-101 splits them (`channel_shares`). All of it is a reconstruction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from archgraph.networks.channels import channel_shares
from archgraph.operation import Operation
from archgraph.ops import OPS
from archgraph.table.table import ArchTable
from encoders.features.padded import FIRST, PaddedGraphs, padded

COSTS = ("log parameters", "log projections", "log multiply-adds")
QUANTITIES = ("operations", "convolutions", "spatial convolutions", "field", "poolings", "halvings")
_DAMPINGS = (0.2, 0.5, 0.8)
_LAYERS = {"conv": 1, "sep_conv": 2, "dil_conv": 1, "mbconv": 2, "res_block": 2, "linear": 1, "attention": 2, "cell": 3}
_TINY = 1e-3
Floats = NDArray[np.float64]


def flow_features(table: ArchTable, operations: Sequence[str], effective: bool = True) -> NDArray[np.float32]:
    """Flow features of every graph.

    Args:
        table: any graphs.
        operations: names of the operations that are told apart, as for `statistics`.
        effective: leave out the edges on no effective path.

    Returns:
        [len(table), F], the columns as `flow_feature_names(operations)` names them.

    Raises:
        InputError: an operation of the table is not among `operations`.
    """
    values, weights = _quantities(operations), _weights(operations)
    result = np.empty((len(table), len(flow_feature_names(operations))), dtype=np.float32)
    with np.errstate(over="ignore"):
        for graphs in padded(table, operations, width=4 * values.shape[1], effective=effective):
            result[graphs.rows] = _features(graphs, values, weights).T
    return np.nan_to_num(result, posinf=1e6, neginf=-1e6)


def flow_feature_names(operations: Sequence[str]) -> list[str]:
    """Names of the columns of `flow_features`, `COSTS` last; they depend on nothing but `operations`."""
    ways = ("path", "backward walk", "forward walk")
    carried = [*QUANTITIES, *operations]
    return [
        *(f"mean {name} on a {way}" for way in ways for name in carried),
        *(f"spread of {name} on a {way}" for way in ways for name in QUANTITIES[:4]),
        *(f"gain at {damping} {way}" for way in ways for damping in _DAMPINGS),
        *("feeds of output", "narrowest vertex", "mean channels", "skips to output"),
        *(f"{what} {name}" for what in ("channels", "squared channels") for name in operations),
        *(
            f"{what} {name}"
            for what in ("distance from input", "distance to output", "halvings before")
            for name in operations
        ),
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
    """All features, [F, B]."""
    value = graphs.of_nodes(values)
    channels = np.ascontiguousarray(channel_shares(graphs.adjacency).T)
    mean, spread, gains = _carried(graphs, value, channels)
    back = mean[:, 1]
    return np.concatenate(
        [
            *mean[-1],
            *spread,
            *gains,
            _widths(graphs, channels),
            _positions(graphs, value, back, channels),
            _costs(graphs, weights[graphs.node_class.T], channels, back[:, QUANTITIES.index("halvings")]),
        ]
    )


def _carried(graphs: PaddedGraphs, value: Floats, channels: Floats) -> tuple[Floats, Floats, Floats]:
    """What a way has collected, weighted in three manners.

    Returns:
        its mean at each node, [nodes, 3, Q, B]; its spread at the output, [3, 4, B]; and what arrives there if every
        layer lets a part through, for each part, [3, dampings, B].
    """
    own = np.repeat(value[:, None], 3, axis=1)
    through = np.array(_DAMPINGS)[:, None] ** own[:, :, 1, None]
    mean, square, gain = slice(own.shape[2]), slice(own.shape[2], own.shape[2] + 4), slice(own.shape[2] + 4, None)
    state = np.concatenate([own, own[:, :, :4] ** 2, through], axis=2)
    for v, way in enumerate(_ways(graphs, channels), start=1):
        before = (way[:, :, None] * state[graphs.sources[v]]).sum(axis=0)
        state[v, :, mean] += before[:, mean]
        state[v, :, square] += before[:, square] + 2 * own[v, :, :4] * before[:, :4]
        state[v, :, gain] *= before[:, gain]
    spread = np.sqrt(np.maximum(state[-1, :, square] - state[-1, :, :4] ** 2, 0))
    return state[:, :, mean], spread, state[-1, :, gain]


def _ways(graphs: PaddedGraphs, channels: Floats) -> Iterator[Floats]:
    """For each node but the first the chance that a way through it came from each of its sources, [k, 3, B]."""
    paths, flow = np.zeros(channels.shape), np.zeros(channels.shape)
    paths[0] = flow[0] = 1
    leaving = np.maximum(graphs.edges.sum(axis=1), 1)
    for v, sources in enumerate(graphs.sources[1:], start=1):
        split = np.ones((len(sources), channels.shape[1]))
        if v == graphs.nodes - 1:
            split[sources > 0] = channels[sources[sources > 0]]
        weight = np.stack([paths[sources], split, flow[sources] / leaving[sources]], axis=1)
        weight *= graphs.edges[sources, v][:, None]
        entering = weight.sum(axis=0)
        paths[v], flow[v] = np.minimum(entering[0], 1e100), entering[2]
        yield weight / np.maximum(entering, 1e-300)


def _widths(graphs: PaddedGraphs, channels: Floats) -> Floats:
    """[4, B], as named."""
    alive = channels[1:-1] > 0
    narrowest = np.where(alive, channels[1:-1], 1).min(axis=0, initial=1)
    mean = channels[1:-1].sum(axis=0) / np.maximum(alive.sum(axis=0), 1)
    return np.stack([graphs.edges[1:, -1].sum(axis=0), narrowest, mean, graphs.edges[0, -1]])


def _positions(graphs: PaddedGraphs, value: Floats, mean: Floats, channels: Floats) -> Floats:
    """Channels and positions of each operation, summed over its nodes, [5 * operations, B]."""
    is_op = value[:, len(QUANTITIES) :] * (channels > 0)[:, None]
    ahead = np.zeros(channels.shape)
    for v in range(graphs.nodes - 2, -1, -1):
        further = graphs.edges[v, v + 1 :]
        steps = ahead[v + 1 :] + value[v + 1 :, 0]
        ahead[v] = (further * steps).sum(axis=0) / np.maximum(further.sum(axis=0), 1)
    per_node = (channels, channels**2, mean[:, 0], ahead, mean[:, QUANTITIES.index("halvings")])
    return np.einsum("nmb,npb->mpb", np.stack(per_node, axis=1), is_op).reshape(-1, channels.shape[1])


def _costs(graphs: PaddedGraphs, weights: Floats, channels: Floats, halvings: Floats) -> Floats:
    """[3, B], as named; channels double wherever the image's side is halved."""
    squared = (channels * 2.0 ** np.minimum(halvings, 30)) ** 2
    parameters = (weights * squared).sum(axis=0)
    projections = (graphs.edges[0] * channels).sum(axis=0)
    adds = (weights * channels**2).sum(axis=0)
    return np.log(_TINY + np.stack([parameters, projections, adds]))
