"""CellBank: many cell graphs compiled into one module whose nodes run layer by layer, not cell by cell.

Nodes of all cells that come after the same number of operations and carry the same operation are one layer and run as
one grouped operation: a row of candidates takes as many kernel launches as its deepest cell, however many cells it has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from archgraph.graph import ArchGraph
from archgraph.ops import OPS, Operation
from supernet.operations import BUILDERS, ParallelConv, check_compilable

Key = tuple[int, int]  # (cell, node); lanes of the input are (-1, lane)
IDENTITY = OPS[OPS.index("identity")]


@dataclass(frozen=True)
class _Node:
    """A node that computes something. A sum of one value is that value, and is no node here."""

    key: Key
    operation: Operation
    sources: tuple[Key, ...] = ()
    level: tuple[int, int] = (0, 0)  # operations passed on the longest way, then sums since the last of them


class CellBank(nn.Module):
    """K cells side by side.

    Args:
        cells: the K graphs; a node sums its inputs and applies its operation.
        channels: channels of every tensor in a cell.
        feeds: for each cell the lane of the input that it reads; default all read lane 0.

    Shapes:
        input [batch, lanes * channels, height, width] -> output [batch, K * channels, height, width]

    Raises:
        CompileError: a node's operation cannot be compiled; the text names the node.
    """

    def __init__(self, cells: Sequence[ArchGraph], channels: int, feeds: Sequence[int] | None = None) -> None:
        super().__init__()
        self.channels = channels
        layers = _layers(cells, [0] * len(cells) if feeds is None else list(feeds))
        self.operations = nn.ModuleList(
            BUILDERS[layer[0].operation.kind](len(layer), channels, layer[0].operation) for layer in layers[1:]
        )
        self.shares = nn.ModuleList(_Share(layer, layers[i + 1 :]) for i, layer in enumerate(layers[:-1]))
        self.joins = nn.ModuleList(_Join(layer, layers[: i + 1]) for i, layer in enumerate(layers[1:]))
        self._members = [[node.key for node in layer] for layer in layers[1:]]

    def forward(self, x: Tensor) -> Tensor:
        batch, _, height, width = x.shape
        value = x.reshape(batch, -1, self.channels, height, width)
        inbox: list[list[Tensor]] = [[] for _ in self.joins]
        for i, (share, join, operation) in enumerate(zip(self.shares, self.joins, self.operations, strict=True)):
            for ahead, part in share(value):
                inbox[i + ahead].append(part)
            joined = join(inbox[i])
            value = operation(joined.flatten(1, 2)).view(joined.shape)
        return value.flatten(1, 2)

    def reset(self, cell: int, generator: torch.Generator) -> None:
        """Draw the weights of one cell; they depend on the cell and the generator alone."""
        places = {key: (layer, i) for layer, keys in enumerate(self._members) for i, key in enumerate(keys)}
        for key in sorted(key for key in places if key[0] == cell):
            layer, place = places[key]
            operation = self.operations[layer]
            if isinstance(operation, ParallelConv):
                operation.reset(place, generator)


def compile_cell(graph: ArchGraph, channels: int) -> CellBank:
    """A single cell as a module, [batch, channels, height, width] to the same shape.

    Raises:
        CompileError: a node's operation cannot be compiled; the text names the node.
    """
    bank = CellBank([graph], channels)
    bank.reset(0, torch.Generator().manual_seed(int(torch.randint(2**31, ()))))
    return bank


class _Share(nn.Module):
    """Hands a layer's values to the layers that read them: one move of memory, none where each is read once."""

    index: Tensor | None

    def __init__(self, layer: Sequence[_Node], readers: Sequence[Sequence[_Node]]) -> None:
        super().__init__()
        place = {node.key: i for i, node in enumerate(layer)}
        uses = [[place[key] for node in reader for key in node.sources if key in place] for reader in readers]
        self.ahead = [i for i, use in enumerate(uses) if use]
        self.sizes = [len(use) for use in uses if use]
        index = [i for use in uses for i in use]
        in_place = index == list(range(len(layer)))
        self.register_buffer("index", None if in_place else torch.tensor(index), persistent=False)

    def forward(self, value: Tensor) -> list[tuple[int, Tensor]]:
        moved = value if self.index is None else value.index_select(1, self.index)
        return list(zip(self.ahead, moved.split(self.sizes, dim=1), strict=True))


class _Join(nn.Module):
    """Puts together the inputs of a layer's nodes, summing those that go to the same node."""

    index: Tensor | None

    def __init__(self, layer: Sequence[_Node], earlier: Sequence[Sequence[_Node]]) -> None:
        super().__init__()
        self.count = len(layer)
        targets: list[int] = []
        for source in earlier:
            own = {node.key for node in source}
            targets += [i for i, node in enumerate(layer) for key in node.sources if key in own]
        in_place = targets == list(range(self.count))
        self.sums = len(targets) > self.count
        index = torch.tensor(targets) if self.sums else torch.argsort(torch.tensor(targets))
        self.register_buffer("index", None if in_place else index, persistent=False)

    def forward(self, parts: list[Tensor]) -> Tensor:
        x = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        if self.index is None:
            return x
        if self.sums:
            return x.new_zeros(len(x), self.count, *x.shape[2:]).index_add_(1, self.index, x)
        return x.index_select(1, self.index)


def _layers(cells: Sequence[ArchGraph], feeds: Sequence[int]) -> list[list[_Node]]:
    """Layers of nodes, each after all that it reads: the input's lanes first, the cells' outputs last."""
    nodes, outputs = _contract(cells, feeds)
    groups: dict[tuple[tuple[int, int], str], list[_Node]] = defaultdict(list)
    for node in nodes:
        groups[node.level, node.operation.name].append(node)
    layers = [[_Node((-1, lane), IDENTITY) for lane in range(max(feeds) + 1)]]
    layers += [groups[key] for key in sorted(groups)]
    layers.append([_Node((cell, -1), IDENTITY, (key,)) for cell, key in enumerate(outputs)])
    for i in range(len(layers) - 2, 0, -1):  # in the order in which they are read
        own = {node.key: node for node in layers[i]}
        read = (key for reader in layers[i + 1 :] for node in reader for key in node.sources if key in own)
        layers[i] = [own[key] for key in dict.fromkeys(read)]
    return layers


def _contract(cells: Sequence[ArchGraph], feeds: Sequence[int]) -> tuple[list[_Node], list[Key]]:
    """The nodes that compute something, and for each cell the node whose value is the cell's output."""
    nodes: list[_Node] = []
    outputs: list[Key] = []
    for cell, graph in enumerate(cells):
        value: list[Key] = [(-1, feeds[cell])]
        level = {value[0]: (0, 0)}
        into: list[list[int]] = [[] for _ in graph.ops]
        for s, t in graph.edges:
            into[t].append(s)
        for i, name in enumerate(graph.ops[1:], start=1):
            operation = OPS[OPS.index("sum" if name == "output" else name)]
            check_compilable(operation, i, f"cell {cell}")
            sources = tuple(value[s] for s in into[i])
            if operation.kind == "sum" and len(sources) == 1:
                value.append(sources[0])
                continue
            passed, sums = max(level[key] for key in sources)
            after = (passed, sums + 1) if operation.kind == "sum" else (passed + 1, 0)
            node = _Node((cell, i), operation, sources, after)
            level[node.key] = node.level
            value.append(node.key)
            nodes.append(node)
        outputs.append(value[-1])
    return nodes, outputs
