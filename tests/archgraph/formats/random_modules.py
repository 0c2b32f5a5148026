"""Random networks from a grammar of statements, and what is known of their graphs by construction.

A network has cells, which hold tensors of one shape, and statements that read cells and write one: layers, shared and
tied ones, activations and sums in place or not, gates, learned positions, regions of autocast, random depth. The same
statements are run on what is known of each value.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHANNELS, SIDE = 4, 4


@dataclass
class Known:
    """What a network's graph must be.

    Args:
        params: of all layers that run.
        input_uses: operations that read the input, tables of positions among them.
        joins: operations that read two values or more.
        activations: of all kinds.
        norms: of all kinds.
        depth: most layers (convolutions, linear layers, tables) on a path.
    """

    params: set[nn.Parameter] = field(default_factory=set)
    input_uses: int = 0
    joins: int = 0
    activations: int = 0
    norms: int = 0
    depth: int = 0


@dataclass(eq=False)
class Value:
    """A value that runs through the network: how many layers lie before it."""

    depth: int = 0
    is_input: bool = False


class DropPath(nn.Module):
    """Random depth, written as packages write it."""

    def forward(self, x: Tensor) -> Tensor:
        return x * x.new_empty((x.shape[0], 1, 1, 1)).bernoulli_(0.5) if self.training else x


class RandomModule(nn.Module):
    """A network of random statements.

    Args:
        seed: of what it is made of.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.rng = rng = random.Random(seed)
        self.layers = nn.ModuleList()
        self.tables = nn.ParameterList()
        self.statements: list[Callable[[list[Tensor], Any], None]] = []
        self.known = Known()
        self.values = [Value(is_input=True)]
        kinds = [self.layer, self.shared, self.tied, self.activation, self.join, self.norm, self.positions, self.gate]
        kinds += [self.region, self.random_depth, self.grouped, self.scaled]
        self.layer()
        for _ in range(rng.randint(3, 9)):
            rng.choice(kinds)()
        self.optional = rng.random() < 0.3
        if self.optional:
            self.optional_gate()
        self.head = nn.Linear(CHANNELS * len(self.values), 3)
        self.use([self.head], list(self.values), joins=len({id(v) for v in self.values}) > 1)
        self.known.depth = max(value.depth for value in self.values) + 1

    def forward(self, x: Tensor, gate: Tensor | None = None) -> Tensor:
        cells = [x]
        for statement in self.statements:
            statement(cells, gate)
        return self.head(torch.cat(cells, 1).mean((2, 3)))

    # what is known

    def use(self, layers: list[nn.Module], read: list[Value], joins: bool = False) -> None:
        self.known.params |= {parameter for layer in layers for parameter in layer.parameters()}
        self.known.input_uses += any(value.is_input for value in read)
        self.known.joins += joins

    def cell(self) -> int:
        return self.rng.randrange(len(self.values))

    def write(self, value: Value, into: int | None) -> int | None:
        """Have the value in a new cell, or in one that there is."""
        if into is None:
            self.values.append(value)
        else:
            self.values[into] = value
        return into

    def target(self, source: int) -> int | None:
        """Where a result goes: into a new cell, or into the one that was read, so that nothing is in vain."""
        return None if self.rng.random() < 0.4 and len(self.values) < 4 else source

    def say(self, compute: Callable[[list[Tensor], Any], Tensor], into: int | None) -> None:
        def statement(cells: list[Tensor], gate: Any) -> None:
            result = compute(cells, gate)
            if into is None:
                cells.append(result)
            else:
                cells[into] = result

        self.statements.append(statement)

    # statements

    def apply(self, layer: nn.Module) -> None:
        source = self.cell()
        into = self.target(source)
        before = self.values[source]
        self.use([layer], [before])
        self.write(Value(before.depth + 1), into)
        self.say(lambda cells, gate: layer(cells[source]), into)

    def convolution(self) -> nn.Conv2d:
        kernel, groups = self.rng.choice((1, 3, 5)), self.rng.choice((1, 2, CHANNELS))
        return nn.Conv2d(CHANNELS, CHANNELS, kernel, padding=kernel // 2, groups=groups, bias=self.rng.random() < 0.5)

    def layer(self) -> None:
        self.layers.append(self.convolution())
        self.apply(self.layers[-1])

    def shared(self) -> None:
        self.apply(self.rng.choice(list(self.layers)))

    def tied(self) -> None:
        first = self.rng.choice(list(self.layers))
        self.layers.append(nn.Conv2d(CHANNELS, CHANNELS, first.kernel_size, padding=first.padding, groups=first.groups))
        self.layers[-1].weight = first.weight
        self.apply(self.layers[-1])

    def activation(self) -> None:
        source = self.cell()
        self.use([], [self.values[source]])
        self.known.activations += 1
        way = self.rng.randrange(4)
        if way == 0:
            into = self.write(Value(self.values[source].depth), self.target(source))
            self.say(lambda cells, gate: F.silu(cells[source]), into)
            return
        self.write(Value(self.values[source].depth), source)
        if way == 1:
            self.statements.append(lambda cells, gate: nn.ReLU(inplace=True)(cells[source]) is None)
        elif way == 2:
            self.statements.append(lambda cells, gate: cells[source].sigmoid_() is None)
        else:
            self.say(lambda cells, gate: F.hardswish(cells[source], inplace=True), source)

    def join(self) -> None:
        a, b = self.cell(), self.cell()
        left, right = self.values[a], self.values[b]
        if left is right:
            return
        self.use([], [left, right], joins=True)
        value = Value(max(left.depth, right.depth))
        if self.rng.random() < 0.5:
            self.write(value, a)
            in_place = self.rng.choice((Tensor.add_, Tensor.mul_))
            self.statements.append(lambda cells, gate: in_place(cells[a], cells[b]) is None)
        else:
            into = self.write(value, self.target(a))
            function = self.rng.choice((torch.add, torch.mul, torch.sub))
            self.say(lambda cells, gate: function(cells[a], cells[b]), into)

    def norm(self) -> None:
        layer = self.rng.choice((nn.BatchNorm2d(CHANNELS), nn.GroupNorm(2, CHANNELS)))
        self.add_module(f"norm{len(self.statements)}", layer)
        source = self.cell()
        into = self.target(source)
        self.use([layer], [self.values[source]])
        self.known.norms += 1
        self.write(Value(self.values[source].depth), into)
        self.say(lambda cells, gate: layer(cells[source]), into)

    def positions(self) -> None:
        source = self.cell()
        into = self.target(source)
        before = self.values[source]
        if self.rng.random() < 0.5:
            self.tables.append(nn.Parameter(torch.zeros(1, CHANNELS, SIDE, SIDE)))
            table = self.tables[-1]
            self.known.params.add(table)
            self.use([], [before])
            self.write(Value(before.depth), into)
            self.say(lambda cells, gate: cells[source] + table, into)
            return
        layer = nn.Embedding(SIDE + 3, CHANNELS)
        self.add_module(f"table{len(self.statements)}", layer)
        self.use([layer], [before], joins=True)
        self.known.input_uses += 1
        self.write(Value(max(before.depth, 1)), into)

        def add(cells: list[Tensor], gate: Any) -> Tensor:
            places = torch.arange(cells[source].shape[3], device=cells[source].device)
            return cells[source] + layer(places).t().unsqueeze(1)

        self.say(add, into)

    def gate(self) -> None:
        """Squeeze and excitation."""
        inner = nn.Linear(CHANNELS, CHANNELS)
        self.add_module(f"gate{len(self.statements)}", inner)
        source = self.cell()
        into = self.target(source)
        before = self.values[source]
        self.use([inner], [before], joins=True)
        self.known.input_uses += before.is_input
        self.known.activations += 1
        self.write(Value(before.depth + 1), into)

        def scale(cells: list[Tensor], gate: Any) -> Tensor:
            x = cells[source]
            return x * inner(x.mean((2, 3))).sigmoid()[:, :, None, None]

        self.say(scale, into)

    def region(self) -> None:
        layer, source = self.convolution(), self.cell()
        self.layers.append(layer)
        into = self.target(source)
        self.use([layer], [self.values[source]])
        self.write(Value(self.values[source].depth + 1), into)

        def inside(cells: list[Tensor], gate: Any) -> Tensor:
            with torch.autocast("cpu", enabled=False):
                return layer(cells[source].float())

        self.say(inside, into)

    def random_depth(self) -> None:
        """A residual branch that is dropped at random in training."""
        layer, drop, source = self.convolution(), DropPath(), self.cell()
        self.layers.append(layer)
        self.add_module(f"drop{len(self.statements)}", nn.Sequential(drop, nn.Dropout(0.5)))
        path = self.get_submodule(f"drop{len(self.statements)}")
        before, into = self.values[source], self.target(source)
        self.use([layer], [before], joins=True)
        self.known.input_uses += before.is_input
        self.write(Value(before.depth + 1), into)
        self.say(lambda cells, gate: cells[source] + path(layer(cells[source])), into)

    def grouped(self) -> None:
        """Two layers, called as one module."""
        block = nn.Sequential(self.convolution(), nn.ReLU(inplace=True), self.convolution())
        self.add_module(f"block{len(self.statements)}", block)
        source = self.cell()
        into = self.target(source)
        self.use([block], [self.values[source]])
        self.known.activations += 1
        self.write(Value(self.values[source].depth + 2), into)
        self.say(lambda cells, gate: block(cells[source]), into)

    def scaled(self) -> None:
        """A layer whose weight is computed."""
        layer, source = self.convolution(), self.cell()
        into = self.target(source)
        self.layers.append(layer)
        self.use([layer], [self.values[source]])
        self.write(Value(self.values[source].depth + 1), into)

        def run(cells: list[Tensor], gate: Any) -> Tensor:
            weight = layer.weight
            weight = (weight - weight.mean((1, 2, 3), keepdim=True)) * weight.std().rsqrt()
            return F.conv2d(cells[source], weight, layer.bias, 1, layer.padding, 1, layer.groups)

        self.say(run, into)

    def optional_gate(self) -> None:
        """What runs where an optional argument is left out."""
        layer, source = self.convolution(), self.cell()
        self.layers.append(layer)
        before = self.values[source]
        self.use([layer], [before], joins=True)
        self.known.input_uses += before.is_input
        self.write(Value(before.depth + 1), source)

        def run(cells: list[Tensor], gate: Any) -> Tensor:
            if gate is None:
                gate = layer(cells[source])
            return cells[source] * gate

        self.say(run, source)
