"""Which one-edit neighbours of labelled architectures to label next."""

from __future__ import annotations

import numpy as np

from archgraph.checks import check_whole
from archgraph.errors import InputError
from archgraph.spaces.base import Space
from archgraph.table.table import ArchTable
from encoders.delta.predictor import DeltaPredictor


def suggest(
    predictor: DeltaPredictor, space: Space, n: int, anchors: int = 20, lower_is_better: bool = False
) -> ArchTable:
    """The neighbours whose difference from their anchor is least certain: labels that teach differences (Delta-NAS).

    Args:
        predictor: trained on members of the space.
        space: gives the neighbours.
        n: how many to suggest.
        anchors: how many labelled architectures, the best first, are considered.
        lower_is_better: which the best are.

    Returns:
        At most n unlabelled architectures, the most uncertain first, with the metrics `difference` and `std` of the
        step from their anchor, whose id leads theirs.

    Raises:
        InputError: an anchor is no member of the space, none has an unlabelled neighbour, or a number is none.

    Example:
        >>> from archgraph import spaces
        >>> from encoders import load_delta, suggest
        >>> suggested = suggest(load_delta("delta"), spaces.get("dag:1-4"), n=2)
        >>> len(suggested), sorted(suggested.metrics)
        (2, ['difference', 'std'])
    """
    check_whole(1, n=n, anchors=anchors)
    labelled = predictor.anchors
    y = labelled.metrics[predictor.metric].to_numpy(float)
    best = np.argsort(y if lower_is_better else -y, kind="stable")[:anchors]
    known = set(labelled.hashes())
    starts, graphs, ids = [], [], []
    for row in best.tolist():
        table = ArchTable.from_graphs(space.neighbors(labelled[row]))
        for number, key in enumerate(table.hashes()):
            if key not in known:
                known.add(key)
                starts.append(row)
                graphs.append(table[number])
                ids.append(f"{labelled.ids[row]}+{number}")
    if not graphs:
        raise InputError("every neighbour of these anchors is labelled already; raise --anchors")
    candidates = ArchTable.from_graphs(graphs, ids=ids, space=space.name)
    step = predictor.difference(labelled[np.array(starts)], candidates)
    order = np.argsort(-step.std, kind="stable")[:n]
    return candidates[order].with_metrics(difference=step.mean[order], std=step.std[order])
