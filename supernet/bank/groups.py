"""Groups as modules: what the layers of a group do together, and how their values go to the groups that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from archgraph.networks.steps import RELU
from supernet.bank.channels_last import mixture
from supernet.bank.gather_scatter import Moves
from supernet.bank.grouped_steps import grouped, members
from supernet.bank.schedule import Group, Key
from supernet.network import join

Port = tuple[int, int]
Inbox = dict[Port, list[Tensor]]
"""(group, port) -> the values that have reached it, [batch, members, channels, ...] each."""


class GroupRun(nn.Module):
    """Joins what has reached a group and runs its steps.

    Args:
        group: the group.
        earlier: the groups before it, in order.
    """

    def __init__(self, group: Group, earlier: Sequence[Group]) -> None:
        super().__init__()
        count, fan = len(group.members), group.fan
        self.group, self.count, self.cut, self.join = group, count, group.layer.cut, group.layer.join
        self.networks = [network for network, _ in group.members]
        self.mixtures = group.mixtures() if self.join == "mixture" else []
        reads = group.reads()
        self.ports = len(reads)
        self.gathers = [gathering(port, group.targets(), earlier) for port in reads]
        self.moves = nn.ModuleList(self.gathers)
        made: list[nn.Module] = []
        self.read = []  # for each step how many different values it reads
        for step in group.layer.steps:
            self.read.append(count // fan)
            # What a step has just put out is nobody else's, so a ReLU behind it can work in place.
            made.append(nn.ReLU(inplace=True) if step == RELU and made else grouped(step, count, fan))
            fan = 1 if step.kind == "Conv2d" else fan
        self.steps = nn.Sequential(*made)

    def forward(self, ports: Sequence[list[Tensor]], weights: Mapping[str, Tensor]) -> Tensor:
        """What the shares sent to each port, in order of arrival -> [batch, members, *shape]."""
        if self.cut:
            ports = [[part[:, :, : self.cut] for part in parts] for parts in ports]
        gathered = [moves.gather(parts) for moves, parts in zip(self.gathers, ports, strict=True)]
        value = gathered[0] if len(gathered) == 1 else torch.cat(gathered, dim=2)
        if self.mixtures:
            mixed = torch.stack([weights[name] for name in self.mixtures], dim=-2).to(value.dtype)
            value = value.unflatten(1, mixed.shape[-2:])  # [batch, members, sources, ...]
            value = torch.einsum(f"bsn...,{'b' * (mixed.dim() == 3)}sn->bs...", value, mixed)
        if not len(self.steps):
            return value
        out: Tensor = self.steps(value.flatten(1, 2))
        return out.unflatten(1, (self.count, -1))

    def apart(self, values: Mapping[Key, Tensor], weights: Mapping[str, Tensor]) -> dict[Key, Tensor]:
        """The same by one member after another; values are [batch, channels, ...] each, in any order in memory."""
        made = {}
        each = [members(step, self.count) for step in self.steps]
        for number, key in enumerate(self.group.members):
            read = [values[source] for source in self.group.sources[key]]
            value = mixture(read, weights[self.mixtures[number]]) if self.mixtures else join(self.group.layer, read)
            for step in each:
                value = step[number](value)
            made[key] = value
        return made

    def extra_repr(self) -> str:
        return f"{self.count} members, {self.join}"


class Share(nn.Module):
    """Hands a group's value to the groups that read it, as views.

    Args:
        group: whose value it is.
        readers: the groups after it.
        first: number of the first of the readers.
    """

    def __init__(self, group: Group, readers: Sequence[Group], first: int) -> None:
        super().__init__()
        place = {key: i for i, key in enumerate(group.members)}
        self.ports: list[Port] = []
        spans: list[list[int]] = []
        for number, reader in enumerate(readers, start=first):
            for port, keys in enumerate(reader.reads()):
                read = spans_of([place[key] for key in keys if key in place])
                self.ports += [(number, port)] * len(read)
                spans += read
        self.moves = Moves(spans, len(place))

    def forward(self, value: Tensor) -> list[tuple[Port, Tensor]]:
        return list(zip(self.ports, self.moves.scatter(value), strict=True))


def spans_of(places: Sequence[int]) -> list[list[int]]:
    """Cut where the next place is not the next number."""
    spans: list[list[int]] = []
    for place in places:
        if spans and place == spans[-1][-1] + 1:
            spans[-1].append(place)
        else:
            spans.append([place])
    return spans


def gathering(port: Sequence[Key], targets: Sequence[int], earlier: Sequence[Group]) -> Moves:
    """How what the shares of `earlier` groups hand to a port is put together, what has one target being summed."""
    arriving: list[list[int]] = []
    for group in earlier:
        place = {key: i for i, key in enumerate(group.members)}
        reached = [(place[key], target) for key, target in zip(port, targets, strict=True) if key in place]
        left = iter(target for _, target in reached)
        arriving += [[next(left) for _ in span] for span in spans_of([source for source, _ in reached])]
    return Moves(arriving, max(targets) + 1)
