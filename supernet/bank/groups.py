"""Groups as modules: what the layers of a group do together, and how their values go to the groups that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import torch
from torch import Tensor, nn

from archgraph.networks.steps import RELU
from supernet.bank.channels_last import mixture
from supernet.bank.gather_scatter import Routing
from supernet.bank.grouped_steps import grouped, slot_steps
from supernet.bank.schedule import Group, Key
from supernet.network import join

Port = tuple[int, int]
Inbox = dict[Port, list[Tensor]]
"""(group, port) -> the values that have reached it, [batch, slots, channels, ...] each."""


class GroupRun(nn.Module):
    """Joins what has reached a group and runs its steps.

    Args:
        group: the group.
        earlier: the groups before it, in order.
    """

    def __init__(self, group: Group, earlier: Sequence[Group]) -> None:
        super().__init__()
        count, fan = len(group.slots), group.fan
        self.group, self.count, self.cut, self.join = group, count, group.layer.cut, group.layer.join
        self.networks = [network for network, _ in group.slots]
        self.mixtures = group.mixtures() if self.join == "mixture" else []
        reads = group.reads()
        self.ports = len(reads)
        self.gathers = [gathering(port, group.targets(), earlier) for port in reads]
        self.routings = nn.ModuleList(self.gathers)
        made: list[nn.Module] = []
        self.read = []  # for each step how many different values it reads
        for step in group.layer.steps:
            self.read.append(count // fan)
            # What a step has just put out is nobody else's, so a ReLU behind it can overwrite it.
            made.append(nn.ReLU(inplace=True) if step == RELU and made else grouped(step, count, fan))
            fan = 1 if step.kind == "Conv2d" else fan
        self.steps = nn.Sequential(*made)

    def forward(self, ports: Sequence[list[Tensor]], weights: Mapping[str, Tensor]) -> Tensor:
        """What the shares sent to each port, in order of arrival -> [batch, slots, *shape]."""
        if self.cut:
            ports = [[part[:, :, : self.cut] for part in parts] for parts in ports]
        gathered = [routing.gather(parts) for routing, parts in zip(self.gathers, ports, strict=True)]
        joined = reduce(torch.mul, gathered) if self.join == "product" else torch.cat(gathered, dim=2)
        value = gathered[0] if len(gathered) == 1 else joined
        if self.mixtures:
            mixed = torch.stack([weights[name] for name in self.mixtures], dim=-2).to(value.dtype)
            value = value.unflatten(1, mixed.shape[-2:])  # [batch, slots, sources, ...]
            value = torch.einsum(f"bsn...,{'b' * (mixed.dim() == 3)}sn->bs...", value, mixed)
        if not len(self.steps):
            return value
        out: Tensor = self.steps(value.flatten(1, 2))
        return out.unflatten(1, (self.count, -1))

    def one_by_one(self, values: Mapping[Key, Tensor], weights: Mapping[str, Tensor]) -> dict[Key, Tensor]:
        """The same by one slot after another; values are [batch, channels, ...] each, in any order in memory."""
        made = {}
        each = [slot_steps(step, self.count) for step in self.steps]
        for number, key in enumerate(self.group.slots):
            read = [values[source] for source in self.group.sources[key]]
            value = mixture(read, weights[self.mixtures[number]]) if self.mixtures else join(self.group.layer, read)
            for step in each:
                value = step[number](value)
            made[key] = value
        return made

    def extra_repr(self) -> str:
        return f"{self.count} slots, {self.join}"


class Share(nn.Module):
    """Hands a group's value to the groups that read it, as views.

    Args:
        group: whose value it is.
        readers: the groups after it.
        first: number of the first of the readers.
    """

    def __init__(self, group: Group, readers: Sequence[Group], first: int) -> None:
        super().__init__()
        slot = {key: i for i, key in enumerate(group.slots)}
        self.ports: list[Port] = []
        spans: list[list[int]] = []
        for number, reader in enumerate(readers, start=first):
            for port, keys in enumerate(reader.reads()):
                read = spans_of([slot[key] for key in keys if key in slot])
                self.ports += [(number, port)] * len(read)
                spans += read
        self.routing = Routing(spans, len(slot))

    def forward(self, value: Tensor) -> list[tuple[Port, Tensor]]:
        return list(zip(self.ports, self.routing.scatter(value), strict=True))


def spans_of(slots: Sequence[int]) -> list[list[int]]:
    """Cut where the next slot is not the next number."""
    spans: list[list[int]] = []
    for slot in slots:
        if spans and slot == spans[-1][-1] + 1:
            spans[-1].append(slot)
        else:
            spans.append([slot])
    return spans


def gathering(port: Sequence[Key], targets: Sequence[int], earlier: Sequence[Group]) -> Routing:
    """How what the shares of `earlier` groups hand to a port is put together, what has one target being summed."""
    arriving: list[list[int]] = []
    for group in earlier:
        slot = {key: i for i, key in enumerate(group.slots)}
        reached = [(slot[key], target) for key, target in zip(port, targets, strict=True) if key in slot]
        left = iter(target for _, target in reached)
        arriving += [[next(left) for _ in span] for span in spans_of([source for source, _ in reached])]
    return Routing(arriving, max(targets) + 1)
