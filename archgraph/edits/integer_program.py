r"""Exact edit distance as an integer program, for graphs on which branch and bound takes too long.

Lerouge et al., "New binary linear programming formulation to compute the graph edit distance" (Pattern Recognition,
2017): :math:`x_{ik} = 1` where node i of the first graph is matched with node k of the second, and
:math:`y_{ab} = 1` where edge a of the first is sent to edge b of the second, which takes its ends to those of b. Here
the ends of b must come from those of a as well, which says nothing new of whole numbers but bounds much better.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from archgraph.canonical import RawGraph
from archgraph.errors import InputError


def best_match(first: RawGraph, second: RawGraph, relabel: NDArray[np.int64], seconds: float) -> NDArray[np.int64]:
    """A match of least cost: for each node of `first` its partner in `second`, or -1, [n].

    Args:
        first: operations and edges.
        second: likewise.
        relabel: 1 where nodes i and k have different operations, [n, m].
        seconds: when to give up.

    Raises:
        InputError: the time is up.
    """
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, m = relabel.shape
    p, q = len(first[1]), len(second[1])
    cost = np.concatenate([(relabel - 2).ravel(), np.full(p * q, -2)])  # what a match saves over none
    allowed = np.ones((n, m))
    for k, end in ((0, 0), (n - 1, m - 1)):  # input to input, output to output
        allowed[k], allowed[:, end] = 0, 0
        allowed[k, end] = 1
    nodes = sparse.vstack([sparse.kron(sparse.eye(n), np.ones((1, m))), sparse.kron(np.ones((1, n)), sparse.eye(m))])
    ends = []
    for side in (0, 1):
        a, b = _ends(first, side), _ends(second, side)
        ends.append([-sparse.kron(a, sparse.eye(m)), sparse.kron(sparse.eye(p), b.T)])
        ends.append([-sparse.kron(sparse.eye(n), b), sparse.kron(a.T, sparse.eye(q))])
    rules = sparse.block_array([[nodes, None], *ends], format="csr")
    found = milp(
        cost,
        integrality=np.repeat([1, 0], [n * m, p * q]),  # whole x make y whole
        bounds=Bounds(0, np.concatenate([allowed.ravel(), np.ones(p * q)])),
        constraints=LinearConstraint(rules, -np.inf, np.repeat([1, 0], [n + m, rules.shape[0] - n - m])),
        # costs are whole: a bound less than 1 below a match proves it
        options={"time_limit": seconds, "mip_rel_gap": 0.99 / (n + m + p + q)},
    )
    if found.status != 0:
        raise InputError(f"no exact edit distance of graphs of {n} and {m} nodes was found in {seconds:g} seconds")
    matched = found.x[: n * m].reshape(n, m) > 0.5
    return np.where(matched.any(axis=1), matched.argmax(axis=1), -1)


def _ends(graph: RawGraph, side: int) -> NDArray[np.int64]:
    """Which node each edge starts (side 0) or ends (side 1) at, [edges, nodes]."""
    ends = np.zeros((len(graph[1]), len(graph[0])), dtype=np.int64)
    ends[np.arange(len(ends)), [edge[side] for edge in graph[1]]] = 1
    return ends
