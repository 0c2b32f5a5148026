"""Simulated propagation: what becomes of synthetic images with classes in networks of two cells with random weights.

No label and no real image is used. Of what comes out of each cell (`..1`, `..2`), and of the whole network, columns
`propagation_...` say:

* `correlation`, `logdet`, `rank`: how alike the images have become: mean absolute entry of the Gram matrix off its
  diagonal, mean logarithm and entropy of its eigenvalues;
* `alignment`, `separation`: how well classes can be separated: alignment of the Gram matrix with that of the labels
  (Cristianini et al. 2001), logarithm of the leave-one-out error of a kernel ridge regression;
* `patterns`: log-determinant of the agreement of activation patterns (after Mellor et al. 2021), `norm`: logarithm of
  the norm;
* `saliency`: logarithm of the summed size of value times gradient (after Abdelfattah et al. 2021), `gradient` and
  `gradient_logdet`: logarithm of the norm of the loss's gradient where the first cell begins, and log-determinant of
  its correlations between images.

The choice is a reconstruction. Cells are those whose operations keep the size of their input, as in NAS-Bench-101
and 201, TransNAS-Bench-101's cells, FaDE's and those of custom spaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from archgraph import spaces
from archgraph.equivalence import silence
from archgraph.errors import CompileError, InputError
from archgraph.networks.channels import channel_shares
from archgraph.networks.registry import NETWORKS
from archgraph.ops import OPS
from archgraph.table.table import ArchTable
from supernet.zerocost.shared_cells import CELLS, JOINS, CellActivations, CellGraphs, SharedCells, SharedWeights, check
from supernet.zerocost.synthetic import CLASSES, synthetic_images

OF_A_CELL = ("correlation", "logdet", "rank", "alignment", "separation", "patterns", "norm")
COLUMNS = (
    *(f"propagation_{name}{cell}" for cell in range(1, CELLS + 1) for name in OF_A_CELL),
    *(f"propagation_{name}" for name in ("saliency", "gradient", "gradient_logdet")),
)
Columns = dict[str, NDArray[np.float64]]
Work = tuple[list[int], Callable[[], Columns]]
"""Rows of a table, and what makes their columns, [len(rows)] each."""
_NODES = 512  # of all graphs that run at once
_NUMBERED = 3  # the number of a space's first operation; weights are drawn by number, so others are other draws


def propagation(table: ArchTable, seed: int, device: torch.device | str = "cpu") -> Iterator[Work]:
    """Rows of the table, some at a time, each with what makes the `COLUMNS` of these rows, [len(rows)] each.

    They depend on the graph as it is numbered, its space and the seed. Graphs that are equal where anything flows run
    once.

    Args:
        table: cells of one space or several.
        seed: of the images and weights.
        device: where the networks run.

    Raises:
        InputError: an architecture holds an operation that changes the size, or is not known to the compiler.
    """
    check_table(table)
    images, labels = (value.to(device) for value in synthetic_images(seed))
    for space in np.unique(table.space).tolist():
        own = np.flatnonzero(table.space == space)
        cells = SharedCells(SharedWeights(seed, torch.device(device)), CLASSES, _numbers(space))
        for twins, graphs in _different(table[own], _shares_channels(space), torch.device(device)):

            def score(
                twins: list[list[int]] = twins, graphs: CellGraphs = graphs, cells: SharedCells = cells
            ) -> Columns:
                values = measures(cells(images, graphs), labels).cpu().double().numpy()
                return dict(zip(COLUMNS, values.repeat([len(rows) for rows in twins], axis=0).T, strict=True))

            yield own[[row for rows in twins for row in rows]].tolist(), score


def check_table(table: ArchTable) -> None:
    """That images can flow through all architectures of a table.

    Raises:
        InputError: one holds an operation that cells of one size cannot hold; the text names both.
    """
    for index in np.unique(table.op_index).tolist():
        try:
            check(OPS[index])
        except CompileError as error:
            row = int(np.searchsorted(table.columns.node_ptr, np.flatnonzero(table.op_index == index)[0], "right")) - 1
            name = str(table.ids[row] or row)[:64]
            raise InputError(f"no propagation through architecture {name}: {error}; --score names others") from None


def _shares_channels(space: str) -> bool:
    """Whether what feeds a cell's output is concatenated, as the space's network does."""
    return space in NETWORKS and NETWORKS[space].shares_channels


def _numbers(space: str) -> dict[str, int]:
    """The operations that a space lets choose, by number; none for a space that is not known by name."""
    try:
        known = spaces.get(space).operations
    except InputError:
        return {}
    chosen = [name for name in known if OPS[OPS.index(name)].kind not in JOINS]
    return {name: _NUMBERED + number for number, name in enumerate(sorted(chosen))}


def _different(
    table: ArchTable, concatenates: bool, device: torch.device
) -> Iterator[tuple[list[list[int]], CellGraphs]]:
    """Different graphs of one size, some at a time, each with the rows that are equal to it."""
    zeros = np.array([operation.kind == "zero" for operation in OPS])
    for rows, ops, adjacency in table.columns.dense():
        silence(adjacency, zeros[ops])
        alive = adjacency.any(axis=1) | adjacency.any(axis=2)
        keys = np.concatenate([np.where(alive, ops, -1), adjacency.reshape(len(rows), -1)], axis=1)
        _, first, twin = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        step = max(1, _NODES // ops.shape[1])
        for start in range(0, len(first), step):
            some = first[start : start + step]
            shares = torch.from_numpy(channel_shares(adjacency[some])).to(device) if concatenates else None
            chosen, edges = (torch.from_numpy(a[some]).to(device) for a in (ops.astype(np.int64), adjacency))
            twins = [rows[twin == number].tolist() for number in range(start, start + len(some))]
            yield twins, CellGraphs(chosen, edges, shares)


def measures(activations: CellActivations, labels: Tensor) -> Tensor:
    """`COLUMNS` of all graphs, [G, columns]; `labels` [images] are the images' classes."""
    found = []
    for output, patterns in zip(activations.outputs, activations.patterns, strict=True):
        found += _of_a_cell(output.detach(), patterns.detach(), labels)
    return torch.stack([*found, *_of_gradients(activations, labels)], dim=1)


def _of_a_cell(x: Tensor, patterns: Tensor, labels: Tensor) -> list[Tensor]:
    """`OF_A_CELL`, each [G]; x is [G, images, channels, side, side]."""
    count, eye = len(labels), torch.eye(len(labels), device=x.device)
    halved = F.avg_pool2d(x.flatten(0, 1), 2).unflatten(0, x.shape[:2])
    flat = torch.cat([x.mean((3, 4)), halved.flatten(2) / 2], 2)
    norm = flat.flatten(1).norm(dim=1)
    flat = flat - flat.mean(1, keepdim=True)
    gram = flat @ flat.mT
    gram = gram / (gram.diagonal(dim1=1, dim2=2).mean(1)[:, None, None] + 1e-6)
    same = (labels[:, None] == labels).float()
    same = same - same.mean()
    eigen = torch.linalg.eigvalsh(gram + 1e-4 * eye).clamp(min=1e-6)
    share = eigen / eigen.sum(1, keepdim=True)
    hat = torch.linalg.inv(gram + 0.1 * eye)
    residual = hat @ F.one_hot(labels).float() / hat.diagonal(dim1=1, dim2=2)[:, :, None]
    return [
        (gram.abs().sum((1, 2)) - gram.diagonal(dim1=1, dim2=2).sum(1)) / count**2,
        eigen.log().mean(1),
        -(share * share.log()).sum(1),
        (gram * same).sum((1, 2)) / (gram.flatten(1).norm(dim=1) * same.norm() + 1e-6),
        torch.log(residual.pow(2).mean((1, 2)) + 1e-6),
        torch.logdet(patterns + 1e-2 * eye),
        torch.log(norm + 1e-6),
    ]


def _of_gradients(activations: CellActivations, labels: Tensor) -> list[Tensor]:
    """Saliency, gradient and gradient_logdet, each [G]; where nothing flows they are those of a gradient of 0."""
    count = len(activations.first)
    loss = F.cross_entropy(activations.logits.flatten(0, 1), labels.repeat(count), reduction="sum")
    nodes = [node for node in activations.nodes if node.requires_grad]
    wanted = [activations.first, *nodes] if loss.requires_grad else []
    gradients = torch.autograd.grad(loss, wanted, allow_unused=True, materialize_grads=True) if wanted else ()
    first = gradients[0] if wanted else torch.zeros_like(activations.first)
    saliency = first.new_zeros(count)
    for node, gradient in zip(nodes, gradients[1:], strict=bool(wanted)):
        saliency += (node.detach() * gradient).flatten(2).sum(2).abs().sum(1)
    flat = first.flatten(2) / (first.flatten(2).norm(dim=2, keepdim=True) + 1e-9)
    ridge = 1e-3 * torch.eye(len(labels), device=flat.device)
    return [
        torch.log(saliency + 1e-6),
        torch.log(first.flatten(1).norm(dim=1) + 1e-6),
        torch.logdet(flat @ flat.mT + ridge),
    ]
