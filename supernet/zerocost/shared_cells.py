"""Networks of two cells on shared weights: many graphs of one size at once, each seen node by node.

A weight belongs to a node of the cell and to the operation of that node, so graphs of a space differ by their
wiring alone. Cells of NAS-Bench-101 split their channels as the benchmark does (`channel_shares`) and concatenate
what feeds the output; in all other spaces a node sums what comes in. Before the second cell images are halved and
channels doubled.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from archgraph.errors import CompileError
from archgraph.networks.cells import operation_steps
from archgraph.networks.steps import Step
from archgraph.operation import Operation
from archgraph.ops import OPS
from archgraph.seeds import derive_seed, seeded
from supernet.layers import make_module

WIDTH, CELLS = 16, 2
"""Channels of the first cell, and number of cells; reconstructions (tests/benchmarks/RESULTS.md)."""
JOINS = ("input", "output", "sum", "cell_input", "cell_skip_input")
"""Kinds of operations that pass on the sum of what comes in."""


class SharedWeights:
    """Weights by what they belong to, drawn when first asked for (He's normal initialisation).

    Args:
        seed: every weight depends on it and on its own key alone.
        device: of the weights.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self.seed, self.device = seed, device
        self.drawn: dict[tuple[Hashable, ...], Tensor] = {}

    def __call__(self, *key: Hashable, out: int, inp: int, kernel: int = 1) -> Tensor:
        """The weight of this key, [out, inp, kernel, kernel]."""
        if key not in self.drawn:
            with seeded(derive_seed(self.seed, *map(str, key))):
                weight = torch.randn(out, inp, kernel, kernel) * (2 / (inp * kernel**2)) ** 0.5
            self.drawn[key] = weight.to(self.device)
        return self.drawn[key]


@dataclass(frozen=True)
class CellGraphs:
    """Graphs of one number of nodes, in topological order.

    Args:
        ops: operation indices, [G, nodes] int64.
        edges: whether an edge that carries something leads from s to t, [G, nodes, nodes] bool.
        channels: each node's part of a cell's channels, [G, nodes], where what feeds the output is concatenated; None
            where it is summed and every node has all channels.
    """

    ops: Tensor
    edges: Tensor
    channels: Tensor | None = None

    def cut(self, x: Tensor, v: int, rows: Tensor | slice = slice(None)) -> Tensor:
        """x [g, images, channels, side, side], of graphs `rows`, without the channels that node v does not have."""
        if self.channels is None:
            return x
        kept = torch.arange(x.shape[2], device=x.device) < (self.channels[rows, v, None] * x.shape[2]).ceil()
        return x * kept[:, None, :, None, None]


@dataclass(frozen=True)
class CellActivations:
    """What became of [images] in G graphs.

    Attributes:
        first: what enters the first cell, [G, images, channels, side, side].
        nodes: what each node but the first makes, cell after cell, likewise.
        patterns: agreement of the images' patterns (above the mean or not) over a cell's operations, for each cell
            [G, images, images].
        logits: [G, images, classes].
    """

    first: Tensor
    nodes: list[Tensor]
    patterns: list[Tensor]
    logits: Tensor

    @property
    def outputs(self) -> list[Tensor]:
        """What each cell makes."""
        size = len(self.nodes) // CELLS
        return self.nodes[size - 1 :: size]


class SharedCells:
    """Runs networks of two equal cells on images.

    Args:
        weights: the weights.
        classes: outputs of the networks.
        labels: what weights know an operation by, its name where it is not here.
    """

    def __init__(self, weights: SharedWeights, classes: int, labels: Mapping[str, int]) -> None:
        self.weights, self.classes, self.labels = weights, classes, labels

    def __call__(self, images: Tensor, graphs: CellGraphs) -> CellActivations:
        """Run every graph on images [images, 3, side, side]."""
        count = len(graphs.ops)
        stem = F.conv2d(images, self.weights("stem", out=WIDTH, inp=images.shape[1], kernel=3), padding=1)
        first = x = normalise(stem[None]).relu().expand(count, -1, -1, -1, -1).contiguous().requires_grad_()
        nodes: list[Tensor] = []
        patterns: list[Tensor] = []
        for cell in range(1, CELLS + 1):
            if cell > 1:
                x = _each(x, lambda flat: F.max_pool2d(flat, 2))
                x = self._conv(x, ("widen",), WIDTH * cell) if graphs.channels is None else x
            made, agreement = self._cell(x, cell, graphs)
            x, nodes, patterns = made[-1], nodes + made, [*patterns, agreement]
        pooled = x.mean((3, 4))
        scaled = (pooled - pooled.mean(1, keepdim=True)) / (pooled.std((1, 2), keepdim=True) + 1e-6)
        logits = scaled @ self.weights("readout", out=self.classes, inp=x.shape[2])[:, :, 0, 0].T
        return CellActivations(first, nodes, patterns, logits)

    def _cell(self, x: Tensor, cell: int, graphs: CellGraphs) -> tuple[list[Tensor], Tensor]:
        """What each node of a cell but the first makes, and how its operations' patterns agree."""
        states, patterns = [x], x.new_zeros(*x.shape[:2], x.shape[1])
        for v in range(1, graphs.ops.shape[1]):
            fed = graphs.cut(self._fed(states, v, cell, graphs), v)
            made = torch.zeros_like(fed)
            for index in graphs.ops[:, v].unique().cpu().tolist():
                rows = (graphs.ops[:, v] == index).nonzero()[:, 0]
                part, operation = fed[rows], OPS[index]
                if operation.kind not in JOINS:
                    key = (cell, v, self.labels.get(operation.name, operation.name))
                    part = graphs.cut(self._operation(part, operation, key), v, rows)
                    patterns = patterns.index_add(0, rows, _agreement(part))
                made = made.index_add(0, rows, part)
            states.append(made)
        return states[1:], patterns

    def _fed(self, states: list[Tensor], v: int, cell: int, graphs: CellGraphs) -> Tensor:
        """What comes into node v."""
        width, last = WIDTH * cell, graphs.ops.shape[1] - 1
        fed = states[0].new_zeros(*states[0].shape[:2], width, *states[0].shape[3:])
        if graphs.channels is not None and v == last:
            sizes = graphs.channels[:, 1:-1] * width
            fed, states = _concatenated(states[1:], graphs.edges[:, 1:-1, -1], sizes), states[:1]
        for s, state in enumerate(states):
            rows = graphs.edges[:, s, v].nonzero()[:, 0]
            if len(rows):
                part = state[rows]
                if s == 0 and graphs.channels is not None:
                    key = (cell, "project", v if v < last else -1)
                    part = normalise(self._conv(part, key, width)).relu()
                fed = fed.index_add(0, rows, part)
        return fed

    def _operation(self, x: Tensor, operation: Operation, key: tuple[Hashable, ...]) -> Tensor:
        """What an operation makes of [g, images, channels, side, side]; behind every convolution comes a norm."""
        if operation.kind == "zero":
            return x  # nothing reaches it
        made, convolutions = x, 0
        for step in operation_steps(operation, x.shape[2]):
            if step.kind == "Conv2d":
                own = (*key, convolutions) if convolutions else key
                made, convolutions = normalise(self._conv(made, own, step["out_channels"], step)), convolutions + 1
            elif step.kind != "BatchNorm2d":
                made = _each(made, make_module(step))
        return made + x if operation.kind == "mbconv" else made

    def _conv(self, x: Tensor, key: tuple[Hashable, ...], out: int, step: Step | None = None) -> Tensor:
        """A convolution with a shared weight; 1x1 unless a step says otherwise."""
        kernel, groups, dilation = (step[n] for n in ("kernel_size", "groups", "dilation")) if step else (1, 1, 1)
        weight = self.weights(*key, out=out, inp=x.shape[2] // groups, kernel=kernel)
        padding = dilation * (kernel // 2)
        return _each(x, lambda flat: F.conv2d(flat, weight, padding=padding, groups=groups, dilation=dilation))


def check(operation: Operation) -> None:
    """That cells can hold an operation.

    Raises:
        CompileError: they cannot; the text says why.
    """
    if operation.kind in (*JOINS, "zero") and operation.stride == 1:
        return
    if operation.stride > 1 or operation.kind == "concat" or (operation.kind == "conv" and operation.expansion != 1):
        raise CompileError(f"operation {operation.name} changes the size of its input, which these cells cannot do")
    operation_steps(operation, WIDTH)


def normalise(x: Tensor) -> Tensor:
    """A batch norm of each graph by itself, [graphs, images, channels, side, side]."""
    mean = x.mean((1, 3, 4), keepdim=True)
    variance = (x - mean).square().mean((1, 3, 4), keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt()


def _each(x: Tensor, f: Callable[[Tensor], Tensor]) -> Tensor:
    """f of the images of all graphs at once."""
    return f(x.flatten(0, 1)).unflatten(0, x.shape[:2])


def _agreement(x: Tensor) -> Tensor:
    """How alike the images' patterns of units above their mean are, [g, images, images] in -.25 to .25."""
    pattern = (x > x.flatten(2).mean(2)[:, :, None, None, None]).flatten(2).float() - 0.5
    return pattern @ pattern.transpose(1, 2) / pattern.shape[2]


def _concatenated(states: list[Tensor], feeds: Tensor, sizes: Tensor) -> Tensor:
    """The first channels of the states that feed the output, one behind the other.

    Args:
        states: [G, images, channels, side, side] each.
        feeds: which of them do, [G, states].
        sizes: how many channels each has, not rounded, [G, states].
    """
    width, made = states[0].shape[2], torch.zeros_like(states[0])
    start, channel = sizes.new_zeros(len(sizes)), torch.arange(width, device=sizes.device)
    for state, fed, size in zip(states, feeds.T, sizes.T, strict=True):
        end = start + torch.where(fed, size, 0.0)
        index = channel - start.round()[:, None].long()
        valid = (index >= 0) & (channel < end.round()[:, None])
        moved = state.gather(2, index.clamp(0, width - 1)[:, None, :, None, None].expand_as(state))
        made, start = made + moved * valid[:, None, :, None, None], end
    return made
